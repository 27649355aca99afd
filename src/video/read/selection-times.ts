import { type FrameTimes, rateOver } from "../frame-times.ts";
import type { Timing } from "../types.ts";

/** When the frames of a selection are shown. */
export interface SelectionTimes {
  /** Frames a second of the *source* over the chosen part: the chosen frames play at `sourceFps / stride`. */
  readonly sourceFps: number;
  /** Only where the rate varies: times of the chosen frames from the first one on, and the end of the last. */
  readonly varying?: Required<Pick<Timing, "timestamps" | "duration">> | undefined;
  /** The stretch of the source that the chosen frames stand for, in its own seconds. */
  readonly span: { readonly from: number; readonly to: number };
}

/**
 * When the frames `indices` of a source are shown: steadily when each begins within `tolerance` seconds of its place at
 * the nominal rate or at the mean one, otherwise at their own times.
 */
export function selectionTimes(
  source: FrameTimes,
  indices: readonly number[],
  stride: number,
  nominal: number,
  tolerance: number,
): SelectionTimes {
  const { times } = source;
  const first = times[indices[0]!]!;
  const last = times[indices.at(-1)!]!;
  const timestamps = indices.map((index) => times[index]! - first);
  const rate = rateOver(times, indices, nominal);
  const mean = indices.length > 1 && last > first ? ((indices.length - 1) * stride) / (last - first) : rate;
  const isSteady = (fps: number) =>
    timestamps.every((time, k) => Math.abs(time - (k * stride) / fps) <= tolerance);
  const steady = [rate, mean].find(isSteady);

  const next = times[indices.at(-1)! + stride];
  const end = Math.max(source.complete ? source.end : 0, last + 1 / (steady ?? mean));
  const span = { from: first, to: next ?? end };
  if (steady !== undefined) return { sourceFps: steady, span };
  return { sourceFps: rate, varying: { timestamps, duration: span.to - first }, span };
}
