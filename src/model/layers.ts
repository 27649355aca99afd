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

export function linearLayer(p: Params, x: Value, out: number, { bias = true } = {}): Value {
  return inLayer(p.path, () => {
    const weight = p.tensor("weight", [out, x.shape.at(-1) as number]);
    return addLoraLinear(p, x, linear(x, weight, bias ? p.tensor("bias", [out]) : null));
  });
}

export function convLayer(
  p: Params,
  x: Value,
  out: number,
  kernel: number,
  options: ConvOptions = {},
): Value {
  return inLayer(p.path, () => {
    const weight = p.tensor("weight", [out, x.shape[1] as number, kernel, kernel]);
    return addLoraConv(p, x, conv2d(x, weight, p.tensor("bias", [out]), options), options);
  });
}

export function groupNormLayer(p: Params, x: Value, groups: number, epsilon: number): Value {
  return inLayer(p.path, () => {
    const channels = x.shape[1] as number;
    return groupNorm(x, p.tensor("weight", [channels]), p.tensor("bias", [channels]), groups, epsilon);
  });
}

export function layerNormLayer(p: Params, x: Value, epsilon: number): Value {
  return inLayer(p.path, () => {
    const width = x.shape.at(-1) as number;
    return layerNorm(x, p.tensor("weight", [width]), p.tensor("bias", [width]), epsilon);
  });
}
