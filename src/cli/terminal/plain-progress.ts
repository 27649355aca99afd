import type { Activity } from "../../job/events.ts";
import {
  DOWNLOADING,
  type DownloadEvent,
  type DownloadMeter,
  downloadEnd,
  downloadStart,
  downloadText,
  startDownload,
  stepDownload,
} from "./download-meter.ts";
import { isLoop, type Meter, startMeter, stepMeter } from "./meter.ts";
import type { Output, Progress } from "./output.ts";
import { finishedLine, nameOf, progressText, startedLine } from "./text.ts";

/** Lines per phase or download, at most about. */
const LINES = 10;
/** A short phase does not need them all. */
const MIN_INTERVAL_MS = 1000;
/** A phase that is no loop is told when it has lasted so long: most are over before. */
const PATIENCE_MS = 300;
/** Phases during which no timer comes, so that they are told at once. */
const BLOCKING: readonly Activity[] = ["load", "draw"];

/** Lines for a log: at the start of a phase or download, every tenth of it, and at its end; of most short phases none. */
export function createPlainProgress(output: Output): Progress {
  let meter: Meter | null = null;
  let download: DownloadMeter | null = null;
  let printed = 0;
  let pending: NodeJS.Timeout | undefined;
  const line = (text: string): void => {
    printed = performance.now();
    output.write(`${text.trimEnd()}\n`);
  };
  const downloadEvent = (event: DownloadEvent, now: number): void => {
    const before = download;
    download = before ? stepDownload(before, event, now) : startDownload(event, now);
    const tenth = ({ bytes, total }: DownloadMeter): number => Math.floor((LINES * bytes) / total);
    if (!before) line(DOWNLOADING + downloadStart(download));
    else if (event.bytes === event.total) {
      line(DOWNLOADING + downloadEnd(download, now));
      download = null;
    } else if (tenth(download) > tenth(before) && now - printed >= MIN_INTERVAL_MS)
      line(DOWNLOADING + downloadText(download, now));
  };
  return {
    event(event) {
      const now = performance.now();
      if (event.type === "download") return downloadEvent(event, now);
      if (event.type === "phase") {
        clearTimeout(pending);
        meter = startMeter(event, now);
        const started = startedLine(meter);
        if (isLoop(meter) || BLOCKING.includes(event.phase)) line(started);
        else pending = setTimeout(() => line(started), PATIENCE_MS).unref();
        return;
      }
      if (!meter) return;
      meter = stepMeter(meter, event.seconds, now);
      const tenth = (step: number): number => Math.floor((LINES * step) / event.steps);
      if (event.step === event.steps) {
        clearTimeout(pending);
        const finished = finishedLine(meter, now);
        if (finished !== null) line(finished);
      } else if (tenth(event.step) > tenth(event.step - 1) && now - printed >= MIN_INTERVAL_MS)
        line(`${nameOf(event.phase)}${progressText(meter, now)}`);
    },
    line,
    close: () => clearTimeout(pending),
  };
}
