import { FateZeroError } from "../errors.ts";
import type { FloatTensor } from "../tensor/index.ts";
import { checkedFrame, type Frame, type GivenFrame, resizeFrame } from "../video/index.ts";

/** Pixels of a picture's shorter side for each pixel of the seam. */
const SIDE_PER_PIXEL = 256;

/** Pixels in which a seam rises. */
export function seamWidth({ width, height }: { readonly width: number; readonly height: number }): number {
  return Math.max(1, Math.round(Math.min(width, height) / SIDE_PER_PIXEL));
}

/** Whether there is anything within `radius` pixels in a row of `length` values a stride apart, edges held: the share of it. */
function boxShare(values: Float32Array, length: number, stride: number, start: number, radius: number) {
  const out = new Float32Array(length);
  const at = (i: number): number => values[start + stride * Math.min(length - 1, Math.max(0, i))]!;
  let sum = 0;
  for (let i = -radius; i <= radius; i++) sum += at(i);
  for (let i = 0; i < length; i++) {
    out[i] = sum / (2 * radius + 1);
    sum += at(i + radius + 1) - at(i - radius);
  }
  return out;
}

/**
 * Weights of a frame's own pixels: a mask's values, which rise from its outer edge within `radius` pixels. Nothing outside
 * the mask has a weight, and edges that are softer than that stay as they are.
 */
export function feathered(mask: Float32Array, width: number, height: number, radius: number): Float32Array {
  const covered = mask.map((value) => Number(value > 0));
  for (let y = 0; y < height; y++) covered.set(boxShare(covered, width, 1, y * width, radius), y * width);
  for (let x = 0; x < width; x++) {
    const column = boxShare(covered, height, width, x, radius);
    for (let y = 0; y < height; y++) covered[y * width + x] = column[y]!;
  }
  return mask.map((value, i) => {
    // On a straight edge: n / (radius + 1) in the n-th pixel.
    const rise = (covered[i]! * (2 * radius + 1) - radius) / (radius + 1);
    return Math.min(value, Math.max(0, rise));
  });
}

/** Frames of a caller as those of a result. Throws FateZeroError `bad-argument`, `bad-frame`. */
export function checkSourceFrames(given: readonly GivenFrame[], frames: number): readonly Frame[] {
  if (!Array.isArray(given) || given.length !== frames) {
    throw new FateZeroError(
      "bad-argument",
      `sourceFrames are ${Array.isArray(given) ? given.length : "no"} frames, and ${frames} were inverted.`,
      "Give the frames that were inverted, or leave them out.",
    );
  }
  return given.map((frame, index) => checkedFrame(frame, index).frame);
}

/** The edited frames inside a mask [F, H, W] of their size, the source's outside of it, with a feathered seam. */
export function pasteSource(
  edited: readonly Frame[],
  source: readonly Frame[],
  mask: FloatTensor,
): readonly Frame[] {
  return edited.map((frame, f) => {
    const { width, height } = frame;
    const pixels = width * height;
    const radius = seamWidth(frame);
    const weights = feathered(mask.data.slice(f * pixels, (f + 1) * pixels), width, height, radius);
    const under = resizeFrame(source[f]!, width, height).data;
    const data = new Uint8Array(pixels * 3);
    for (let i = 0; i < data.length; i++) {
      const weight = weights[Math.floor(i / 3)]!;
      data[i] = Math.round(under[i]! + weight * (frame.data[i]! - under[i]!));
    }
    return { width, height, data };
  });
}
