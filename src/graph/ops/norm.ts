import { type Dim, divDims, formatDims, mulDims, productOf } from "../dim.ts";
import { GraphShapeError } from "../errors.ts";
import type { Value } from "../value.ts";
import { add, mul } from "./elementwise.ts";
import { reshape } from "./layout.ts";

/** Zero mean and unit variance over the last axis of [B, G, K], no affine part. */
export function instanceNorm(x: Value, epsilon: number): Value {
  if (x.shape.length !== 3 || typeof x.shape[1] !== "number") {
    throw new GraphShapeError(`instanceNorm: ${formatDims(x.shape)} is not [B, groups, K]`);
  }
  return { op: { kind: "instanceNorm", x, epsilon }, dtype: x.dtype, shape: x.shape };
}

/** Layer normalisation over the last axis, weight and bias of that length. */
export function layerNorm(x: Value, weight: Value, bias: Value, epsilon: number): Value {
  const width = x.shape.at(-1);
  if (width !== weight.shape[0] || width !== bias.shape[0]) {
    throw new GraphShapeError(
      `layerNorm: input ${formatDims(x.shape)} does not fit weight ${formatDims(weight.shape)}`,
    );
  }
  return { op: { kind: "layerNorm", x, weight, bias, epsilon }, dtype: x.dtype, shape: x.shape };
}

/** Splits channels [B, C, …] into groups: [B, groups, C/groups · …]. */
export function groupChannels(x: Value, groups: number): Value {
  const [b, c, ...rest] = x.shape;
  const perGroup = c === undefined ? null : divDims(c, groups);
  if (perGroup === null) {
    throw new GraphShapeError(
      `groupNorm: the channels of ${formatDims(x.shape)} do not divide into ${groups} groups`,
    );
  }
  return reshape(x, [b!, groups, mulDims(perGroup, productOf(rest))]);
}

/** Per-channel scale and shift of [B, C, H, W]. */
export function affine(x: Value, weight: Value, bias: Value): Value {
  const perChannel: Dim[] = [1, x.shape[1]!, ...x.shape.slice(2).map(() => 1)];
  return add(mul(x, reshape(weight, perChannel)), reshape(bias, perChannel));
}

/** Group normalisation of [B, C, H, W] with statistics per batch entry. */
export function groupNorm(x: Value, weight: Value, bias: Value, groups: number, epsilon: number): Value {
  const normal = reshape(instanceNorm(groupChannels(x, groups), epsilon), x.shape);
  return affine(normal, weight, bias);
}
