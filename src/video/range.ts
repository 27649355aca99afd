import { FateZeroError } from "../errors.ts";

/** Which frames of a source to take: `start`, `start + stride`, … ; `frames` of them, or all that there are. */
export interface FrameRange {
  /** Index of the first frame. Default 0. */
  readonly start?: number;
  /** Distance between two chosen frames, in source frames. Default 1. */
  readonly stride?: number;
  /** How many frames to take. Default: to the end. */
  readonly frames?: number;
}

/** A checked range: every field set, `frames` undefined for "to the end". */
export interface CheckedRange {
  readonly start: number;
  readonly stride: number;
  readonly frames: number | undefined;
}

function checkInteger(name: string, value: number, least: number): number {
  if (Number.isInteger(value) && value >= least) return value;
  throw new FateZeroError(
    "bad-frame-range",
    `"${name}" is ${value}, which is not a whole number from ${least} up.`,
    `Give "${name}" a whole number, ${least} or more.`,
  );
}

/** Fills in the defaults. Throws FateZeroError `bad-frame-range` on numbers that no video could satisfy. */
export function checkRange(range: FrameRange): CheckedRange {
  return {
    start: checkInteger("start", range.start ?? 0, 0),
    stride: checkInteger("stride", range.stride ?? 1, 1),
    frames: range.frames === undefined ? undefined : checkInteger("frames", range.frames, 1),
  };
}

/** Index of the last frame that the range asks for; Infinity when it runs to the end. */
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
        ? `Ask for at most ${available} frames, or for an earlier start or a smaller stride.`
        : `Start at frame ${length - 1} or earlier.`,
    );
  }
  return Array.from({ length: frames }, (_, k) => start + k * stride);
}
