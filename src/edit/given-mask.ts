import { FateZeroError } from "../errors.ts";
import { add, leaveOut, type Said, say, the } from "../say.ts";
import { type FloatTensor, floatTensor } from "../tensor/index.ts";
import { checkedFrame, type GivenFrame, resample } from "../video/index.ts";
import type { GivenRegion } from "./given-region.ts";

/**
 * A mask made by a person: pictures, white where it holds and black where it does not (alpha over black), or values from 0
 * to 1, [F, height, width]. One for all frames, or one for each; any size of the frames' shape; soft edges are kept.
 */
export type GivenMask = FloatTensor | readonly GivenFrame[];

/** What a mask by hand is to the automatic one: taken in its place, added to it, or all that is left of it. */
export type MaskMode = "replace" | "add" | "cut";

/** The masks of an edit that a person gives. */
export interface GivenMasks {
  /** Where the edit may change: outside of it the result has the source's pixels, with a feathered seam. @default the automatic mask alone */
  readonly mask?: GivenMask;
  /** What `mask` is to the automatic mask. @default "replace" */
  readonly maskMode?: MaskMode;
  /**
   * Parts of the picture with a target prompt each, the later on top. Without `prompt` the rest stays as it is. @default none
   */
  readonly regions?: readonly GivenRegion[];
  /** What stays as it is whatever the edit does: white keeps the source's pixels. @default nothing */
  readonly protect?: GivenMask;
}

/** What a person marked, each [1 or F, height, width] in 0…1; `protect` keeps the source whatever else is said. */
export interface HandMasks {
  readonly mask: FloatTensor | null;
  readonly mode: MaskMode;
  readonly protect: FloatTensor | null;
}

type Role = "mask" | "protect" | "regions";

/** 8-bit values this close to black or white are meant to be that: coding leaves such noise. */
const NOISE = 3;
/** The highest value of a mask that marks nothing. */
const BLACK = 0.02;
/** Share of what a mask allows that has to be left of it: soft edges of one area leave a quarter of each other. */
const BARELY = 0.3;
/** Share of white from which a mask may be drawn the other way round. */
const ALMOST_WHITE = 0.97;

/** Luma (Rec. 601) of pictures from 0 to 1, [F, height, width]; what is transparent is black. */
export function maskOfFrames(frames: readonly GivenFrame[]): FloatTensor {
  const { width, height } = frames[0]!;
  const pixels = width * height;
  const out = floatTensor([frames.length, height, width]);
  for (const [f, { data }] of frames.entries()) {
    const channels = data.length / pixels;
    for (let i = 0; i < pixels; i++) {
      const at = i * channels;
      const alpha = channels === 4 ? data[at + 3]! / 255 : 1;
      const luma = alpha * (0.299 * data[at]! + 0.587 * data[at + 1]! + 0.114 * data[at + 2]!);
      out.data[f * pixels + i] = luma <= NOISE ? 0 : luma >= 255 - NOISE ? 1 : luma / 255;
    }
  }
  return out;
}

function refuse(named: Said, what: string): FateZeroError {
  return new FateZeroError(
    "bad-argument",
    say`${named} ${what}.`,
    "Give pictures (white holds), or a tensor [F, height, width] of values from 0 to 1.",
  );
}

/** Throws FateZeroError `bad-argument`, `bad-frame`. */
function tensorOf(given: GivenMask, role: Said): FloatTensor {
  if (Array.isArray(given)) {
    const frames = given as readonly GivenFrame[];
    if (frames.length === 0) throw refuse(role, "has no frames");
    for (const [index, frame] of frames.entries()) checkedFrame(frame, index);
    const [{ width, height }] = frames as [GivenFrame];
    if (frames.some((frame) => frame.width !== width || frame.height !== height))
      throw refuse(role, "has frames of several sizes");
    return maskOfFrames(frames);
  }
  const { shape, data } = given as FloatTensor;
  const isTensor = Array.isArray(shape) && shape.length === 3 && data instanceof Float32Array;
  if (!isTensor || data.length === 0 || data.length !== shape.reduce((size, side) => size * side, 1))
    throw refuse(role, "is neither a list of pictures nor a tensor [F, height, width]");
  if (!data.every((value) => value >= 0 && value <= 1)) throw refuse(role, "holds values outside 0 to 1");
  return given as FloatTensor;
}

const highest = ({ data }: FloatTensor): number => data.reduce((most, value) => Math.max(most, value), 0);
const meanOf = ({ data }: FloatTensor): number => data.reduce((sum, value) => sum + value, 0) / data.length;

/** Throws FateZeroError `mask-blank` on a mask that marks nothing. */
function checkMarks(mask: FloatTensor, named: Said, role: Role): FloatTensor {
  const most = highest(mask);
  if (most > BLACK) return mask;
  const level = Math.round(most * 255);
  const dark = level > 0 ? ` (its brightest pixel is ${level} of 255)` : "";
  const marks = role === "protect" ? "is protected" : "may change";
  throw new FateZeroError(
    "mask-blank",
    say`${named} is black in every frame${dark}, so nothing ${marks}.`,
    say`Paint white what is meant, or ${leaveOut(role)}.`,
  );
}

/** A mask as it was given, named so in messages. Throws FateZeroError `mask-blank`, `bad-argument`, `bad-frame`. */
export function checkedMask(given: GivenMask, named: Said, role: Role): FloatTensor {
  return checkMarks(tensorOf(given, named), named, role);
}

/** Frames [F, h, w] at a size, averaged where they shrink. */
export function resizeMask(mask: FloatTensor, height: number, width: number): FloatTensor {
  const [frames, h, w] = mask.shape as [number, number, number];
  if (h === height && w === width) return mask;
  const out = floatTensor([frames, height, width]);
  for (let f = 0; f < frames; f++) {
    const frame = mask.data.subarray(f * h * w, (f + 1) * h * w);
    const sized = resample(frame, { width: w, height: h }, { width, height }, 1, "triangle");
    out.data.set(sized, f * height * width);
  }
  return out;
}

/** Values of two masks of one frame size taken together; either may be one frame for all. */
export function mergeMasks(
  a: FloatTensor,
  b: FloatTensor,
  merge: (a: number, b: number) => number,
): FloatTensor {
  const [frames, height, width] = [Math.max(a.shape[0]!, b.shape[0]!), a.shape[1]!, a.shape[2]!];
  const out = floatTensor([frames, height, width]);
  for (let i = 0; i < out.data.length; i++)
    out.data[i] = merge(a.data[i % a.data.length]!, b.data[i % b.data.length]!);
  return out;
}

/** Whether more is left of a mask than the soft edges of another area leave of it. */
export const leavesMuch = (left: FloatTensor, mask: FloatTensor): boolean =>
  highest(left) > BARELY * highest(mask);

/** Throws FateZeroError `protect-everything` where what is protected leaves nothing that may change. */
function checkLeaves(mask: FloatTensor | null, protect: FloatTensor): void {
  const [, height, width] = protect.shape as [number, number, number];
  const open = protect.data.map((value) => 1 - value);
  const free = floatTensor(protect.shape, open);
  const sized = mask && resizeMask(mask, height, width);
  const oneLength = !sized || [1, protect.shape[0]].includes(sized.shape[0]) || protect.shape[0] === 1;
  const left = sized && oneLength ? mergeMasks(sized, free, (a, b) => a * b) : free;
  if (mask ? leavesMuch(left, mask) : highest(left) > BARELY) return;
  const all = highest(free) <= BARELY;
  throw new FateZeroError(
    "protect-everything",
    say`${the("protect")} covers ${all ? "the whole picture" : say`all that ${the("mask")} marks`}, so nothing could change.`,
    say`Paint black what may change, or ${leaveOut("protect")}.`,
  );
}

/** Told of a mask that may be drawn the other way round. */
export function askOfWhite(mask: FloatTensor, named: Said, role: Role) {
  const white = meanOf(mask);
  if (white <= ALMOST_WHITE) return [];
  const [means, turned] =
    role !== "protect"
      ? ["white is what may change, so hardly anything is kept by it", "what should change is black"]
      : ["white is what is kept, so hardly anything may change", "what should be kept is black"];
  const message = say`${named} is ${(100 * white).toFixed(1)} % white: ${means}. If ${turned} in it, invert it, as by "ffmpeg -i IN -vf negate OUT".`;
  return [{ code: "mask-almost-white", message }];
}

/**
 * The masks that a person gives to an edit, looked at before any work; null without any, beside warnings.
 *
 * @throws FateZeroError `mask-conflict`, `mask-blank`, `protect-everything`, `bad-argument`, `bad-frame`
 */
export function handMasksOf({ mask: given, maskMode, protect: kept }: GivenMasks, compat: boolean) {
  const asked = given !== undefined ? "mask" : kept !== undefined ? "protect" : null;
  if (maskMode !== undefined && given === undefined) {
    throw new FateZeroError(
      "mask-conflict",
      say`${the("maskMode", maskMode)} says what a mask by hand is to the automatic one, and none is given.`,
      say`${add("mask")}, or ${leaveOut("maskMode")}.`,
    );
  }
  if (asked === null) return { hand: null, warnings: [] };
  if (compat) {
    throw new FateZeroError(
      "mask-conflict",
      say`${the(asked)} has no place in the released code, which takes no mask by hand.`,
      say`${leaveOut(asked)}, or ${leaveOut("compat")}.`,
    );
  }
  const mask = given === undefined ? null : checkedMask(given, [the("mask")], "mask");
  const protect = kept === undefined ? null : checkedMask(kept, [the("protect")], "protect");
  if (protect) checkLeaves(mask, protect);
  const hand: HandMasks = { mask, mode: maskMode ?? "replace", protect };
  return {
    hand,
    warnings: [
      ...(mask ? askOfWhite(mask, [the("mask")], "mask") : []),
      ...(protect ? askOfWhite(protect, [the("protect")], "protect") : []),
    ],
  };
}
