/** H.264 and HEVC reorder at most 16 pictures, so a later packet can still belong before one this far ahead. */
const REORDER_PACKETS = 32;

/** What is known of a video's frames without decoding any. */
export interface FrameTimes {
  /** Start times in seconds, in the order of showing. */
  readonly times: readonly number[];
  /** Whether `times` covers the video to its end. */
  readonly complete: boolean;
  /** When the last of the packets read ends: with `complete`, the end of the video. */
  readonly end: number;
}

/**
 * Start times of a video's first frames from packets in decoding order: at least up to the frame `last` (counted from
 * time `from`) or the first one from time `until` on, whichever comes first. Stops reading as soon as they are certain.
 * Packets that end before time 0 are cut off by the file's edit list and are no frames.
 */
export async function frameTimes(
  packets: AsyncIterable<{ readonly timestamp: number; readonly duration: number }>,
  last: number,
  { from = 0, until = Infinity }: { readonly from?: number; readonly until?: number } = {},
): Promise<FrameTimes> {
  const times: number[] = [];
  let counted = 0;
  let beyond = 0;
  let end = 0;
  for await (const { timestamp, duration } of packets) {
    if (timestamp < 0 && timestamp + duration <= 1e-9) continue;
    times.push(timestamp);
    end = Math.max(end, timestamp + duration);
    if (timestamp >= from || from === 0) counted++;
    if (counted > last + 1 || timestamp > until) beyond++;
    if (beyond >= REORDER_PACKETS) break;
  }
  times.sort((a, b) => a - b);
  const complete = beyond < REORDER_PACKETS;
  return { times: complete ? times : times.slice(0, times.length - beyond), complete, end };
}

/**
 * Frames a second of a source over the frames `indices`: its nominal rate when the frames keep to it within 1 %,
 * otherwise (variable frame rate) the mean, so that the clip keeps its duration.
 */
export function rateOver(times: readonly number[], indices: readonly number[], nominal: number): number {
  const first = indices[0]!;
  const last = indices.at(-1)!;
  const seconds = times[last]! - times[first]!;
  if (last === first || seconds <= 0) return nominal;
  const mean = (last - first) / seconds;
  return Math.abs(mean / nominal - 1) < 0.01 ? nominal : mean;
}
