import { FateZeroError } from "../../errors.ts";
import { count } from "../../quantity.ts";
import { showSeconds, toSeconds } from "../time.ts";

/** Which frames of a source to take: `start`, `start + stride`, … ; `frames` of them, or all that there are. */
export interface FrameRange {
  /** Index of the first frame. Default 0. */
  readonly start?: number;
  /** Distance between two chosen frames, in source frames. Default 1. */
  readonly stride?: number;
  /** How many frames to take. Default: to the end, or up to `to`. */
  readonly frames?: number;
  /**
   * In place of `start`: begin with the first frame that begins at this time or later. Seconds, or text as `parseTime`
   * takes it.
   */
  readonly from?: number | string;
  /** Take only frames that begin before this time. */
  readonly to?: number | string;
}

/** A checked range: every field set, `frames` undefined for "to the end", times in seconds. */
export interface CheckedRange {
  readonly start: number;
  readonly stride: number;
  readonly frames: number | undefined;
  readonly from: number | undefined;
  readonly to: number | undefined;
}

/** Times of frames are often rounded to milliseconds: a frame this much early still begins at the time asked for. */
const EARLY = 1e-3;

function checkInteger(name: string, value: number, least: number): number {
  if (Number.isInteger(value) && value >= least) return value;
  throw new FateZeroError(
    "bad-frame-range",
    `"${name}" is ${value}, which is not a whole number from ${least} up.`,
    `Give "${name}" a whole number, ${least} or more.`,
  );
}

/**
 * Fills in the defaults. Throws FateZeroError `bad-time`, and `bad-frame-range` on numbers that no video could satisfy
 * and when both `start` and `from` say where to begin.
 */
export function checkRange(range: FrameRange): CheckedRange {
  const from = range.from === undefined ? undefined : toSeconds("from", range.from);
  const to = range.to === undefined ? undefined : toSeconds("to", range.to);
  if (from !== undefined && range.start !== undefined) {
    throw new FateZeroError(
      "bad-frame-range",
      'Both "start" and "from" say where to begin.',
      'Give one of them: "start" counts frames, "from" is a time.',
    );
  }
  if (to !== undefined && to <= (from ?? 0)) {
    throw new FateZeroError(
      "bad-frame-range",
      `The range ends at ${showSeconds(to)}, not after its beginning at ${showSeconds(from ?? 0)}.`,
      'Give a "to" later than "from".',
    );
  }
  return {
    start: checkInteger("start", range.start ?? 0, 0),
    stride: checkInteger("stride", range.stride ?? 1, 1),
    frames: range.frames === undefined ? undefined : checkInteger("frames", range.frames, 1),
    from,
    to,
  };
}

/** Index of the last frame that the range asks for, counted from `from`; Infinity when it runs to the end. */
export function lastIndex(range: CheckedRange): number {
  return range.frames === undefined ? Infinity : range.start + (range.frames - 1) * range.stride;
}

/**
 * The chosen frame indices of a source with `length` frames. Throws FateZeroError `bad-frame-range`, naming `source`
 * and its real length, when the range runs past the end: silently giving fewer frames would change the edit.
 */
export function frameIndices(range: CheckedRange, length: number, source: string): number[] {
  const { start, stride } = range;
  const available = Math.max(0, Math.ceil((length - start) / stride));
  const frames = range.frames ?? available;
  if (frames < 1 || frames > available) {
    const asked =
      range.frames === undefined
        ? `frames from ${start} on`
        : `${frames} frames from ${start} on with stride ${stride}`;
    throw new FateZeroError(
      "bad-frame-range",
      `"${source}" has ${length} frames (0 to ${length - 1}), too few for ${asked}.`,
      available > 0
        ? `Ask for at most ${count(available, "frame")}, or for an earlier start or a smaller stride.`
        : `Start at frame ${length - 1} or earlier.`,
    );
  }
  return Array.from({ length: frames }, (_, k) => start + k * stride);
}

/** First index whose time is `time` or later; the length when there is none. */
function firstAt(times: readonly number[], time: number): number {
  const index = times.findIndex((t) => t >= time - EARLY);
  return index < 0 ? times.length : index;
}

/**
 * The chosen frame indices of a source whose frames begin at `times` (seconds, rising; at least as many as the range
 * asks for). Errors as `frameIndices`, which this is for a range without times.
 */
export function chosenIndices(range: CheckedRange, times: readonly number[], source: string): number[] {
  const { from, to, stride } = range;
  if (from === undefined && to === undefined) return frameIndices(range, times.length, source);
  const first = from === undefined ? range.start : firstAt(times, from);
  const limit = to === undefined ? times.length : firstAt(times, to);
  const available = Math.max(0, Math.ceil((limit - first) / stride));
  const frames = range.frames ?? available;
  if (frames < 1 || frames > available) {
    const span =
      `from ${from === undefined ? `frame ${range.start}` : showSeconds(from)}` +
      (to === undefined ? " on" : ` to ${showSeconds(to)}`);
    const known = to !== undefined && limit < times.length;
    throw new FateZeroError(
      "bad-frame-range",
      `"${source}" has ${available === 0 ? "no frame" : `${available} frames`} ${span}` +
        `${stride > 1 ? ` with stride ${stride}` : ""}${range.frames ? `, not ${range.frames}` : ""}` +
        `${known ? "" : `; its last frame begins at ${showSeconds(times.at(-1) ?? 0)}`}.`,
      available > 0
        ? `Ask for at most ${count(available, "frame")} or a longer part.`
        : "Ask for another part of it.",
    );
  }
  return Array.from({ length: frames }, (_, k) => first + k * stride);
}
