/**
 * Separable resampling with antialiasing: the kernel is stretched by the shrinking factor, so it averages over all
 * source pixels that an output pixel covers. `triangle` is what PyTorch computes for
 * `interpolate(mode="bilinear", antialias=True, align_corners=False)`.
 */
export type Kernel = "lanczos3" | "triangle";

const KERNELS: Record<Kernel, { readonly radius: number; readonly weight: (x: number) => number }> = {
  lanczos3: { radius: 3, weight: (x) => (Math.abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0) },
  triangle: { radius: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
};

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** For every output position the source positions `first[i] … first[i] + count[i] - 1` and their weights (sum 1). */
interface Taps {
  readonly first: Int32Array;
  readonly count: Int32Array;
  /** `width` weights a position, the rest of a row unused. */
  readonly weights: Float64Array;
  readonly width: number;
}

function taps(from: number, to: number, kernel: Kernel): Taps {
  const { radius, weight } = KERNELS[kernel];
  const scale = from / to;
  const stretch = Math.max(scale, 1);
  const support = radius * stretch;
  const width = 2 * Math.ceil(support) + 1;
  const first = new Int32Array(to);
  const count = new Int32Array(to);
  const weights = new Float64Array(to * width);
  for (let i = 0; i < to; i++) {
    const center = (i + 0.5) * scale;
    const begin = Math.max(0, Math.floor(center - support + 0.5));
    const end = Math.min(from, Math.floor(center + support + 0.5));
    let sum = 0;
    for (let j = begin; j < end; j++) {
      const w = weight((j - center + 0.5) / stretch);
      weights[i * width + j - begin] = w;
      sum += w;
    }
    for (let j = 0; j < end - begin; j++) weights[i * width + j]! /= sum;
    first[i] = begin;
    count[i] = end - begin;
  }
  return { first, count, weights, width };
}

/** Resamples one axis of an array seen as [outer, from, inner]. */
function resampleAxis(
  data: ArrayLike<number>,
  outer: number,
  from: number,
  inner: number,
  to: number,
  kernel: Kernel,
): Float32Array {
  const { first, count, weights, width } = taps(from, to, kernel);
  const out = new Float32Array(outer * to * inner);
  const sums = new Float64Array(inner);
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < to; i++) {
      sums.fill(0);
      let source = (o * from + first[i]!) * inner;
      for (let j = 0; j < count[i]!; j++) {
        const w = weights[i * width + j]!;
        for (let k = 0; k < inner; k++) sums[k]! += w * data[source++]!;
      }
      out.set(sums, (o * to + i) * inner);
    }
  }
  return out;
}

/**
 * Resamples interleaved pixels `data` [height, width, channels] to [toHeight, toWidth, channels], in floats, without
 * clamping (Lanczos overshoots at edges by design).
 */
export function resample(
  data: ArrayLike<number>,
  size: { readonly width: number; readonly height: number },
  to: { readonly width: number; readonly height: number },
  channels: number,
  kernel: Kernel,
): Float32Array {
  const wide =
    size.width === to.width ? data : resampleAxis(data, size.height, size.width, channels, to.width, kernel);
  const tall =
    size.height === to.height
      ? wide
      : resampleAxis(wide, 1, size.height, to.width * channels, to.height, kernel);
  return tall === data ? Float32Array.from(data) : (tall as Float32Array);
}
