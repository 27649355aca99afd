import type { Frame } from "../video/index.ts";

/** Which pixels count: a weight from 0 to 1 for pixel `i` (row by row) of frame `f`. */
export type PixelWeight = (f: number, i: number) => number;

/**
 * Peak signal-to-noise ratio of two clips of one size in dB, over all frames at once, 255 being the peak; equal clips
 * have an infinite one. With `weight` only a part of the pixels counts; null if none does.
 */
export function psnr(a: readonly Frame[], b: readonly Frame[], weight: PixelWeight = () => 1): number | null {
  let sum = 0;
  let total = 0;
  for (const [f, { data }] of a.entries()) {
    const other = b[f]!.data;
    for (let i = 0; i < data.length / 3; i++) {
      const w = weight(f, i);
      if (w === 0) continue;
      for (let k = 3 * i; k < 3 * i + 3; k++) sum += w * (data[k]! - other[k]!) ** 2;
      total += 3 * w;
    }
  }
  if (total === 0) return null;
  return sum === 0 ? Number.POSITIVE_INFINITY : 10 * Math.log10((255 ** 2 * total) / sum);
}
