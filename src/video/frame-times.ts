/** H.264 and HEVC reorder at most 16 pictures, so a later packet can still belong before one this far ahead. */
const REORDER_PACKETS = 32;

/** What is known of a video's frames without decoding any. */
export interface FrameTimes {
  /** Start times in seconds, in the order of showing. */
  readonly times: readonly number[];
  /** Whether `times` covers the video to its end. */
  readonly complete: boolean;
}

/**
 * Start times of a video's first frames, at least up to index `last`, from packets in decoding order. Stops reading as
 * soon as they are certain. Packets that end before time 0 are cut off by the file's edit list and are no frames.
 */
export async function frameTimes(
  packets: AsyncIterable<{ readonly timestamp: number; readonly duration: number }>,
  last: number,
): Promise<FrameTimes> {
  const times: number[] = [];
  let complete = true;
  for await (const { timestamp, duration } of packets) {
    if (timestamp < 0 && timestamp + duration <= 1e-9) continue;
    times.push(timestamp);
    if (times.length > last + REORDER_PACKETS) {
      complete = false;
      break;
    }
  }
  times.sort((a, b) => a - b);
  return { times: complete ? times : times.slice(0, last + 1), complete };
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
