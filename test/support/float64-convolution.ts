import type { Array64 } from "./float64.ts";

interface How {
  readonly stride: number;
  readonly padding: readonly [number, number, number, number];
}

/** Every product of a convolution: indices of an element of the input, of the kernel and of the output. */
function* products(
  [b, c, h, w]: readonly number[],
  [o, , kh, kw]: readonly number[],
  [, , oh, ow]: readonly number[],
  { stride, padding: [top, left] }: How,
): Generator<readonly [x: number, weight: number, y: number]> {
  for (let n = 0; n < b!; n++)
    for (let from = 0; from < c!; from++)
      for (let to = 0; to < o!; to++)
        for (let i = 0; i < kh!; i++)
          for (let j = 0; j < kw!; j++)
            for (let row = 0; row < oh!; row++)
              for (let column = 0; column < ow!; column++) {
                const [y, x] = [row * stride + i - top, column * stride + j - left];
                if (y < 0 || y >= h! || x < 0 || x >= w!) continue;
                yield [
                  ((n * c! + from) * h! + y) * w! + x,
                  ((to * c! + from) * kh! + i) * kw! + j,
                  ((n * o! + to) * oh! + row) * ow! + column,
                ];
              }
}

const zeros = (shape: readonly number[]): Float64Array => new Float64Array(shape.reduce((a, b) => a * b, 1));

export function convolve(x: Array64, weight: Array64, shape: readonly number[], how: How): Array64 {
  const data = zeros(shape);
  for (const [i, k, o] of products(x.shape, weight.shape, shape, how))
    data[o]! += x.data[i]! * weight.data[k]!;
  return { shape, data };
}

export function transposeConvolution(
  y: Array64,
  weight: Array64,
  shape: readonly number[],
  how: How,
): Array64 {
  const data = zeros(shape);
  for (const [i, k, o] of products(shape, weight.shape, y.shape, how))
    data[i]! += y.data[o]! * weight.data[k]!;
  return { shape, data };
}

export function kernelOf(x: Array64, y: Array64, shape: readonly number[], how: How): Array64 {
  const data = zeros(shape);
  for (const [i, k, o] of products(x.shape, shape, y.shape, how)) data[k]! += x.data[i]! * y.data[o]!;
  return { shape, data };
}
