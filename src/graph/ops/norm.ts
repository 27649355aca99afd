import { type Dim, divDims, formatDims, mulDims, productOf } from "../dim.ts";
import { GraphShapeError } from "../errors.ts";
import { resultOf } from "../result.ts";
import type { Value } from "../value.ts";
import { add, mul } from "./arithmetic.ts";
import { reshape } from "./layout.ts";

/** Zero mean and unit variance over the last axis of [B, G, K], no affine part. */
export function instanceNorm(x: Value, epsilon: number): Value {
  return resultOf({ kind: "instanceNorm", x, epsilon });
}

/** Layer normalisation over the last axis, weight and bias of that length. */
export function layerNorm(x: Value, weight: Value, bias: Value, epsilon: number): Value {
  return resultOf({ kind: "layerNorm", x, weight, bias, epsilon });
}

/** Splits channels [B, C, …] into groups: [B, groups, C/groups · …]. */
function groupChannels(x: Value, groups: number): Value {
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
