import type { Rectangle } from "./crop.ts";
import { toUint8 } from "./frame.ts";
import { type Kernel, type Taps, taps } from "./resample.ts";
import type { Frame } from "./types.ts";

/** Bits behind the point of Pillow's weights: 8 for the pixel, 2 for overshoot, the rest of 32. */
const PRECISION = 2 ** 22;

/** Resamples the middle axis of [outer, length, inner], each result rounded to 8 bits. */
function pass(data: Uint8Array, outer: number, length: number, inner: number, along: Taps): Uint8Array {
  const { first, count, weights, width } = along;
  const whole = weights.map((weight) => Math.trunc(weight * PRECISION + (weight < 0 ? -0.5 : 0.5)));
  const out = new Uint8ClampedArray(outer * first.length * inner);
  let p = 0;
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < first.length; i++) {
      const begin = (o * length + first[i]!) * inner;
      for (let k = begin; k < begin + inner; k++) {
        let sum = PRECISION / 2;
        for (let j = 0; j < count[i]!; j++) sum += whole[i * width + j]! * data[k + j * inner]!;
        out[p++] = Math.floor(sum / PRECISION);
      }
    }
  }
  return new Uint8Array(out.buffer);
}

/**
 * Resizes a picture to `to` and cuts `part` out of it, as Pillow's `Image.resize` computes it to the bit: 8 bits in, whole
 * numbers for weights, 8 bits between the two passes and out. Only what the part needs is computed.
 */
export function resizeAsPillow(
  frame: Frame,
  to: { readonly width: number; readonly height: number },
  { left, top, width, height }: Rectangle,
  kernel: Kernel,
): Frame & { readonly data: Uint8Array } {
  const { data } = toUint8(frame);
  const across = taps(frame.width, to.width, kernel, left, left + width);
  const down = taps(frame.height, to.height, kernel, top, top + height);
  // Rows of the picture that the part needs.
  const begin = down.first[0]!;
  const rows = down.first.at(-1)! + down.count.at(-1)! - begin;
  const needed = data.subarray(begin * frame.width * 3, (begin + rows) * frame.width * 3);
  const wide = pass(needed, rows, frame.width, 3, across);
  const below = { ...down, first: down.first.map((row) => row - begin) };
  return { width, height, data: pass(wide, 1, rows, width * 3, below) };
}
