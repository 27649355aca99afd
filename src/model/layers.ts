import {
  type ConvOptions,
  conv2d,
  groupNorm,
  inLayer,
  layerNorm,
  linear,
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
