import type { Frame } from "../video/index.ts";
import { lumaOf, type Plane } from "./luma.ts";
import type { PixelWeight } from "./psnr.ts";

/** Side and deviation of the window, the constants against division by zero, the largest value (Wang et al. 2004, §III-C). */
const WINDOW = 11;
const SIGMA = 1.5;
const C1 = (0.01 * 255) ** 2;
const C2 = (0.03 * 255) ** 2;

/** Weights of the window along one side; a picture narrower than the window has it as wide as the picture, if that is odd. */
function windowOf(length: number): number[] {
  const side = Math.min(WINDOW, length - ((length + 1) % 2));
  const weights = Array.from({ length: side }, (_, k) =>
    Math.exp(-((k - (side - 1) / 2) ** 2) / (2 * SIGMA ** 2)),
  );
  const sum = weights.reduce((a, b) => a + b);
  return weights.map((weight) => weight / sum);
}

/** Weighted means over all windows that lie in the picture whole. */
function windowMeans(
  values: Float64Array,
  width: number,
  across: readonly number[],
  down: readonly number[],
): Float64Array {
  const height = values.length / width;
  const columns = width - across.length + 1;
  const rows = height - down.length + 1;
  const narrow = new Float64Array(columns * height);
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < columns; x++, i++)
      for (let k = 0; k < across.length; k++) narrow[i]! += across[k]! * values[y * width + x + k]!;
  const means = new Float64Array(columns * rows);
  for (let y = 0, i = 0; y < rows; y++)
    for (let x = 0; x < columns; x++, i++)
      for (let k = 0; k < down.length; k++) means[i]! += down[k]! * narrow[(y + k) * columns + x]!;
  return means;
}

/** SSIM around each pixel whose window lies in the picture; the first is at (`left`, `top`). */
interface SsimMap {
  readonly width: number;
  readonly left: number;
  readonly top: number;
  readonly data: Float64Array;
}

function ssimMap(a: Plane, b: Plane): SsimMap {
  const { width, height } = a;
  const across = windowOf(width);
  const down = windowOf(height);
  const means = (value: (i: number) => number): Float64Array =>
    windowMeans(
      Float64Array.from(a.data, (_, i) => value(i)),
      width,
      across,
      down,
    );
  const ma = means((i) => a.data[i]!);
  const mb = means((i) => b.data[i]!);
  const aa = means((i) => a.data[i]! ** 2);
  const bb = means((i) => b.data[i]! ** 2);
  const ab = means((i) => a.data[i]! * b.data[i]!);
  const data = ma.map((x, i) => {
    const y = mb[i]!;
    const spread = aa[i]! - x * x + bb[i]! - y * y;
    return ((2 * x * y + C1) * (2 * (ab[i]! - x * y) + C2)) / ((x * x + y * y + C1) * (spread + C2));
  });
  return {
    width: width - across.length + 1,
    left: (across.length - 1) / 2,
    top: (down.length - 1) / 2,
    data,
  };
}

/**
 * Structural similarity of two clips of one size, −1…1, equal clips 1: the mean over frames and pixels of
 * (2μₐμᵦ + C₁)(2σₐᵦ + C₂) / ((μₐ² + μᵦ² + C₁)(σₐ² + σᵦ² + C₂)) on luma, with a Gaussian window of 11×11, σ 1.5, K₁ 0.01,
 * K₂ 0.03, no downsampling. Pixels count whose window lies in the picture whole; with `weight` that of the window's middle.
 * Null if none counts. Wang, Bovik, Sheikh, Simoncelli, "Image Quality Assessment: From Error Visibility to Structural
 * Similarity" (2004).
 */
export function ssim(a: readonly Frame[], b: readonly Frame[], weight: PixelWeight = () => 1): number | null {
  let sum = 0;
  let total = 0;
  for (const [f, frame] of a.entries()) {
    const map = ssimMap(lumaOf(frame), lumaOf(b[f]!));
    for (const [k, value] of map.data.entries()) {
      const w = weight(f, (Math.floor(k / map.width) + map.top) * frame.width + (k % map.width) + map.left);
      sum += w * value;
      total += w;
    }
  }
  return total === 0 ? null : sum / total;
}
