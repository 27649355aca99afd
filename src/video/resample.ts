/**
 * Separable resampling with antialiasing: the kernel is stretched by the shrinking factor, so it averages over all
 * source pixels that an output pixel covers. `triangle` is what PyTorch computes for
 * `interpolate(mode="bilinear", antialias=True, align_corners=False)`, `bicubic` the cubic of Keys (1981) with a = -1/2,
 * which Pillow calls BICUBIC.
 */
export type Kernel = "lanczos3" | "triangle" | "bicubic";

const KERNELS: Record<Kernel, { readonly radius: number; readonly weight: (x: number) => number }> = {
  lanczos3: { radius: 3, weight: (x) => (Math.abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0) },
  triangle: { radius: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  bicubic: { radius: 2, weight: (x) => cubic(Math.abs(x)) },
};

function cubic(x: number): number {
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** For output positions the source positions `first[i] … first[i] + count[i] - 1` and their weights (sum 1). */
export interface Taps {
  readonly first: Int32Array;
  readonly count: Int32Array;
  /** `width` weights a position, the rest of a row unused. */
  readonly weights: Float64Array;
  readonly width: number;
}

/** Taps of resampling `from` values to `to`; of the output's positions `[start, end)` only, if not of all. */
export function taps(from: number, to: number, kernel: Kernel, start = 0, end = to): Taps {
  const { radius, weight } = KERNELS[kernel];
  const scale = from / to;
  const stretch = Math.max(scale, 1);
  const support = radius * stretch;
  const width = 2 * Math.ceil(support) + 1;
  const first = new Int32Array(end - start);
  const count = new Int32Array(end - start);
  const weights = new Float64Array((end - start) * width);
  for (let i = 0; i < end - start; i++) {
    const center = (start + i + 0.5) * scale;
    const begin = Math.max(0, Math.floor(center - support + 0.5));
    const past = Math.min(from, Math.floor(center + support + 0.5));
    let sum = 0;
    for (let j = begin; j < past; j++) {
      const w = weight((j - center + 0.5) / stretch);
      weights[i * width + j - begin] = w;
      sum += w;
    }
    for (let j = 0; j < past - begin; j++) weights[i * width + j]! /= sum;
    first[i] = begin;
    count[i] = past - begin;
  }
  return { first, count, weights, width };
}

/** Resamples the columns of [rows, from, channels]. */
function resampleRows(
  data: ArrayLike<number>,
  rows: number,
  from: number,
  channels: number,
  { first, count, weights, width }: Taps,
): Float32Array {
  const to = first.length;
  const out = new Float32Array(rows * to * channels);
  for (let row = 0, p = 0; row < rows; row++) {
    for (let i = 0; i < to; i++) {
      const begin = (row * from + first[i]!) * channels;
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let j = 0, s = begin + c, w = i * width; j < count[i]!; j++, s += channels, w++) {
          sum += weights[w]! * data[s]!;
        }
        out[p++] = sum;
      }
    }
  }
  return out;
}

/** Resamples the rows of [from, values]. */
function resampleColumns(
  data: ArrayLike<number>,
  values: number,
  { first, count, weights, width }: Taps,
): Float32Array {
  const to = first.length;
  const out = new Float32Array(to * values);
  const sums = new Float64Array(values);
  for (let i = 0; i < to; i++) {
    sums.fill(0);
    for (let j = 0, s = first[i]! * values; j < count[i]!; j++) {
      const w = weights[i * width + j]!;
      for (let k = 0; k < values; k++) sums[k]! += w * data[s++]!;
    }
    out.set(sums, i * values);
  }
  return out;
}

/**
 * Resamples interleaved pixels `data` [height, width, channels] to [toHeight, toWidth, channels], in floats, without
 * clamping (all kernels but `triangle` overshoot at edges by design).
 */
export function resample(
  data: ArrayLike<number>,
  size: { readonly width: number; readonly height: number },
  to: { readonly width: number; readonly height: number },
  channels: number,
  kernel: Kernel,
): Float32Array {
  const wide =
    size.width === to.width
      ? data
      : resampleRows(data, size.height, size.width, channels, taps(size.width, to.width, kernel));
  const tall =
    size.height === to.height
      ? wide
      : resampleColumns(wide, to.width * channels, taps(size.height, to.height, kernel));
  return tall === data ? new Float32Array(data) : (tall as Float32Array);
}
