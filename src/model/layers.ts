import {
  add,
  type ConvOptions,
  concat,
  conv2d,
  type Dim,
  groupNorm,
  inLayer,
  layerNorm,
  linear,
  mulDims,
  reshape,
  split,
  upsample2x,
  type Value,
} from "../graph/index.ts";
import { addLoraConv, addLoraLinear } from "./low-rank.ts";
import type { Params } from "./params.ts";

/** Layers that are a weight and one operation, as every network here uses them. */

/** x·Wᵀ + b: x [..., in], `weight` [out, in], `bias` [out] → [..., out]; LoRA of the layer added. */
export function linearLayer(p: Params, x: Value, out: number, { bias = true } = {}): Value {
  return inLayer(p.path, () => {
    const weight = p.tensor("weight", [out, x.shape.at(-1) as number]);
    return addLoraLinear(p, x, linear(x, weight, bias ? p.tensor("bias", [out]) : null));
  });
}

/**
 * 2-D convolution: x [B, in, H, W], `weight` [out, in, k, k], `bias` [out] → [B, out, H', W'], the same H and W where
 * the padding makes up for the kernel and the stride is 1; LoRA of the layer added.
 */
export function convLayer(
  p: Params,
  x: Value,
  out: number,
  kernel: number,
  { bias = true, ...options }: ConvOptions & { readonly bias?: boolean } = {},
): Value {
  return inLayer(p.path, () => {
    const weight = p.tensor("weight", [out, x.shape[1] as number, kernel, kernel]);
    return addLoraConv(p, x, conv2d(x, weight, bias ? p.tensor("bias", [out]) : null, options), options);
  });
}

/**
 * The 3×3 convolution of an image of doubled size: x [B, in, H, W], each pixel repeated to 2×2 → [B, out, 2·H, 2·W]. The nine
 * pixels under the kernel are four of x, so each of the four pixels that one becomes is a 2×2 convolution of x by sums of
 * the weights: 4/9 of the products. Weights that are fed are trained: they are not summed.
 */
export function upsampledConvLayer(p: Params, x: Value, out: number): Value {
  return inLayer(p.path, () => {
    const weight = p.tensor("weight", [out, x.shape[1] as number, 3, 3]);
    const bias = p.tensor("bias", [out]);
    const large = upsample2x(x);
    const options = { padding: 1 };
    if (weight.op.kind === "input")
      return addLoraConv(p, large, conv2d(large, weight, bias, options), options);
    const [b, , h, w] = x.shape as readonly [Dim, Dim, Dim, Dim];
    const rows = [0, 1].map((dy) => {
      const pixels = [0, 1].map((dx) => {
        const kernel = halfKernel(halfKernel(weight, 2, dy), 3, dx);
        const small = conv2d(x, kernel, bias, { padding: [1 - dy, 1 - dx, dy, dx] });
        return reshape(small, [b, out, h, w, 1]);
      });
      return reshape(concat(pixels, 4), [b, out, h, 1, mulDims(2, w)]);
    });
    const whole = reshape(concat(rows, 3), large.shape.with(1, out));
    return addLoraConv(p, large, whole, options);
  });
}

/** What the three weights along an axis come to over two pixels, for the first or the second pixel of a repeated one. */
function halfKernel(weight: Value, axis: number, second: number): Value {
  const [a, b, c] = split(weight, axis, 3) as [Value, Value, Value];
  return second ? concat([add(a, b), c], axis) : concat([a, add(b, c)], axis);
}

/** Group normalisation per batch entry: x [B, C, H, W], `weight` and `bias` [C] → [B, C, H, W]. */
export function groupNormLayer(p: Params, x: Value, groups: number, epsilon: number): Value {
  return inLayer(p.path, () => {
    const channels = x.shape[1] as number;
    return groupNorm(x, p.tensor("weight", [channels]), p.tensor("bias", [channels]), groups, epsilon);
  });
}

/** Layer normalisation over the last axis: x [..., C], `weight` and `bias` [C] → [..., C]. */
export function layerNormLayer(p: Params, x: Value, epsilon: number): Value {
  return inLayer(p.path, () => {
    const width = x.shape.at(-1) as number;
    return layerNorm(x, p.tensor("weight", [width]), p.tensor("bias", [width]), epsilon);
  });
}
