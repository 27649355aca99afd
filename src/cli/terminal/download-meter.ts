import type { JobEvent } from "../../job/events.ts";
import { formatBytes, formatSeconds } from "../../quantity.ts";

export type DownloadEvent = Extract<JobEvent, { readonly type: "download" }>;

/** How far a download is. Times in milliseconds. */
export interface DownloadMeter {
  readonly bytes: number;
  readonly total: number;
  /** When it began, and the bytes that were here then. */
  readonly began: number;
  readonly first: number;
  /** What was here lately: the speed is judged by it. */
  readonly recent: readonly { readonly at: number; readonly bytes: number }[];
}

/** Milliseconds that the speed is judged over: a connection changes. */
const WINDOW_MS = 10_000;

/** A speed of less time than this is a guess. */
const MIN_MS = 900;

export function startDownload({ bytes, total }: DownloadEvent, now: number): DownloadMeter {
  return { bytes, total, began: now, first: bytes, recent: [{ at: now, bytes }] };
}

export function stepDownload(meter: DownloadMeter, { bytes }: DownloadEvent, now: number): DownloadMeter {
  // Bytes that turn out wrong are fetched again: what went before says nothing of the speed then.
  const before = bytes < meter.bytes ? [] : meter.recent.filter(({ at }) => now - at <= WINDOW_MS);
  return { ...meter, bytes, recent: [...before, { at: now, bytes }] };
}

/** Bytes a second lately; null where too little is known. */
function speed({ recent, bytes }: DownloadMeter, now: number): number | null {
  const oldest = recent[0];
  if (!oldest || now - oldest.at < MIN_MS || bytes <= oldest.bytes) return null;
  return (1000 * (bytes - oldest.bytes)) / (now - oldest.at);
}

export const DOWNLOADING = "Downloading  ";

/** A download that begins: `3.4 GB`, `3.4 GB, of which 1.2 GB are here`. */
export function downloadStart({ first, total }: DownloadMeter): string {
  return formatBytes(total) + (first > 0 ? `, of which ${formatBytes(first)} are here` : "");
}

/** A download on its way: `1.2 GB of 3.4 GB  35 %  12 MB/s  3 min left`. */
export function downloadText(meter: DownloadMeter, now: number): string {
  const { bytes, total } = meter;
  const share = `${Math.floor((100 * bytes) / total)} %`.padStart(4);
  const at = `${formatBytes(bytes)} of ${formatBytes(total)}  ${share}`;
  const pace = speed(meter, now);
  if (pace === null) return at;
  return `${at}  ${formatBytes(pace)}/s  ${formatSeconds((total - bytes) / pace)} left`;
}

/** A download that is over: `2.2 GB in 3 min 20 s, 11 MB/s`. */
export function downloadEnd({ total, first, began }: DownloadMeter, now: number): string {
  const seconds = (now - began) / 1000;
  const pace = seconds >= MIN_MS / 1000 ? `, ${formatBytes((total - first) / seconds)}/s` : "";
  return `${formatBytes(total - first)} in ${formatSeconds(seconds)}${pace}`;
}
