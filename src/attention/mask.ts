import { type FloatTensor, floatTensor } from "../tensor/index.ts";

/** Maximum over each pixel's 3×3 neighbourhood, [F, h, w]. */
function maxPool3x3(map: FloatTensor): FloatTensor {
  const [frames, height, width] = map.shape as [number, number, number];
  const out = floatTensor(map.shape);
  for (let f = 0; f < frames; f++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        let best = Number.NEGATIVE_INFINITY;
        for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++) {
          for (let u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++) {
            best = Math.max(best, map.data[(f * height + v) * width + u]!);
          }
        }
        out.data[(f * height + y) * width + x] = best;
      }
    }
  }
  return out;
}

/** Nearest-neighbour resize of [F, h, w]: pixel i of the result is pixel floor(i·in/out). */
export function resizeNearest(map: FloatTensor, height: number, width: number): FloatTensor {
  const [frames, h, w] = map.shape as [number, number, number];
  const out = floatTensor([frames, height, width]);
  for (let f = 0; f < frames; f++) {
    for (let y = 0; y < height; y++) {
      const row = (f * h + Math.floor((y * h) / height)) * w;
      for (let x = 0; x < width; x++) {
        out.data[(f * height + y) * width + x] = map.data[row + Math.floor((x * w) / width)]!;
      }
    }
  }
  return out;
}

/**
 * A word map made ready for its threshold (paper Eq. 6): pooled, resized, and divided by each frame's maximum.
 * `map` [F, h, w] is the sum over the words' tokens; the result [F, height, width] lies in 0…1.
 */
export function softMask(map: FloatTensor, height: number, width: number): FloatTensor {
  const resized = resizeNearest(maxPool3x3(map), height, width);
  const pixels = height * width;
  for (let f = 0; f < resized.shape[0]!; f++) {
    const frame = resized.data.subarray(f * pixels, (f + 1) * pixels);
    let top = 0;
    for (const value of frame) top = Math.max(top, value);
    if (top > 0) for (let i = 0; i < pixels; i++) frame[i] = frame[i]! / top;
  }
  return resized;
}

/** 1 where a soft mask is above the threshold τ, else 0. */
export function threshold(soft: FloatTensor, tau: number): FloatTensor {
  const limit = Math.fround(tau);
  return floatTensor(
    soft.shape,
    soft.data.map((value) => (value > limit ? 1 : 0)),
  );
}

/** 1 where either mask is. */
export function unionOf(a: FloatTensor, b: FloatTensor): FloatTensor {
  return floatTensor(
    a.shape,
    a.data.map((value, i) => Math.max(value, b.data[i]!)),
  );
}

/** Sum of the maps of some tokens: maps [F, N, L] with N = h·w → [F, h, w]. */
export function sumOfTokens(
  maps: FloatTensor,
  tokens: readonly number[],
  height: number,
  width: number,
): FloatTensor {
  const [frames, positions, length] = maps.shape as [number, number, number];
  const out = floatTensor([frames, height, width]);
  for (let i = 0; i < frames * positions; i++) {
    let sum = 0;
    for (const token of tokens) sum += maps.data[i * length + token] ?? 0;
    out.data[i] = sum;
  }
  return out;
}
