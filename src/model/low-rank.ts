import { add, type ConvOptions, conv2d, linear, mul, reshape, type Value } from "../graph/index.ts";
import type { LowRank, Params } from "./params.ts";

/**
 * LoRA (Hu et al. 2021) beside a layer: y + Σ scale · up(down(x)). The layer's own weight is not touched, so it stays
 * mapped from its file; multiplied out, W + scale · up · down would be a copy of it in memory.
 */

/** A matrix, also where the file holds it as a 1×1 convolution. */
function matrix(weight: Value): Value {
  return reshape(weight, weight.shape.slice(0, 2));
}

/** A convolution kernel, also where the file holds it as a matrix. */
function kernel(weight: Value): Value {
  const [out, input, height = 1, width = 1] = weight.shape;
  return reshape(weight, [out!, input!, height, width]);
}

function lowRankLinear({ down, mid, up, scale }: LowRank, x: Value): Value {
  const inner = linear(x, matrix(down));
  return linear(mul(mid ? linear(inner, matrix(mid)) : inner, scale), matrix(up));
}

function lowRankConv({ down, mid, up, scale }: LowRank, x: Value, options: ConvOptions): Value {
  const inner = mid
    ? conv2d(conv2d(x, kernel(down), null), kernel(mid), null, options)
    : conv2d(x, kernel(down), null, options);
  return conv2d(mul(inner, scale), kernel(up), null);
}

/** Adds the changes of a linear layer to its result `y`. */
export function addLoraLinear(p: Params, x: Value, y: Value): Value {
  return p.lora().reduce((sum, term) => add(sum, lowRankLinear(term, x)), y);
}

/** Adds the changes of a convolution to its result `y`; its stride and padding are those of the part with its kernel. */
export function addLoraConv(p: Params, x: Value, y: Value, options: ConvOptions): Value {
  return p.lora().reduce((sum, term) => add(sum, lowRankConv(term, x, options)), y);
}
