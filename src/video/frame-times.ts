import { risingTimes } from "./rising-times.ts";

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

/** When a packet's frame is shown, in seconds; NaN where the file does not say. */
export interface PacketTimes {
  readonly timestamp: number;
  readonly duration: number;
  /** When it is decoded, where the file says; equal to `timestamp` in all packets, it may say nothing of showing. */
  readonly decodedAt?: number;
  /** Of a file that is put together of stretches of itself: which one. Absent: there is one. */
  readonly stretch?: number;
}

/** What the packets of a file tell of its frames' times. */
export interface FoundTimes extends FrameTimes {
  /** Whether the times had to be put right: equal ones, none at all, jumps of the clock. */
  readonly isMended: boolean;
  readonly hasJump: boolean;
  /** Whether packets came in the order of their times, as those of most codecs have to. */
  readonly isInOrder: boolean;
  /** Whether some packet is shown at another time than it is decoded. */
  readonly hasShowTimes: boolean;
  /** Whether the file ends too early. */
  readonly endsEarly: boolean;
}

/**
 * Start times of a video's first frames from packets in decoding order: at least up to the frame `last` (counted from
 * time `from`) or the first one from time `until` on, whichever comes first. Stops reading as soon as they are certain.
 * The generator of packets returns whether the file ends too early.
 */
export async function frameTimes(
  packets: AsyncGenerator<PacketTimes, boolean, undefined>,
  last: number,
  { from = 0, until = Infinity }: { readonly from?: number; readonly until?: number } = {},
): Promise<FoundTimes> {
  const stretches: number[][] = [[]];
  const times: number[] = [];
  let counted = 0;
  let beyond = 0;
  let end = 0;
  let isInOrder = true;
  let hasShowTimes = false;
  let endsEarly = false;
  while (beyond < REORDER_PACKETS) {
    const next = await packets.next();
    if (next.done) {
      endsEarly = next.value === true;
      break;
    }
    const { duration, decodedAt = Number.NaN } = next.value;
    const previous = times.at(-1) ?? 0;
    // A frame without a time shares that of the one before, and what is right for equal times is right for it.
    const timestamp = Number.isFinite(next.value.timestamp) ? next.value.timestamp : previous;
    if (times.length > 0 && timestamp < previous) isInOrder = false;
    if (timestamp !== decodedAt) hasShowTimes = true;
    times.push(timestamp);
    const { stretch = 0 } = next.value;
    while (stretches.length <= stretch) stretches.push([]);
    stretches[stretch]!.push(timestamp);
    end = Math.max(end, timestamp + duration);
    if (timestamp >= from || from === 0) counted++;
    if (counted > last + 1 || timestamp > until) beyond++;
  }
  await packets.return(false);
  const complete = beyond < REORDER_PACKETS;
  const { times: rising, ...found } = risingTimes(inARow(stretches));
  return {
    times: complete ? rising : rising.slice(0, rising.length - beyond),
    complete,
    end: found.isMended ? (rising.at(-1) ?? 0) : end,
    ...found,
    isInOrder,
    hasShowTimes,
    endsEarly,
  };
}

/** Times of each stretch in order, one after the other: a stretch that would begin within the one before is moved. */
function inARow(stretches: readonly (readonly number[])[]): number[] {
  const row: number[] = [];
  for (const stretch of stretches) {
    const sorted = [...stretch].sort((a, b) => a - b);
    const usual = sorted.length > 1 ? (sorted.at(-1)! - sorted[0]!) / (sorted.length - 1) : undefined;
    const gap = usual ?? (row.length > 1 ? row.at(-1)! - row.at(-2)! : 1 / 25);
    const shift = row.length === 0 ? 0 : Math.max(0, row.at(-1)! + gap - (sorted[0] ?? Infinity));
    for (const time of sorted) row.push(time + shift);
  }
  return row;
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
