import { resultOf } from "../result.ts";
import type { Value } from "../value.ts";

/** Matrix product of the last two axes; equal or absent leading axes. */
export function matmul(a: Value, b: Value): Value {
  return resultOf({ kind: "matmul", a, b });
}

/** x·Wᵀ + bias over the last axis: x [..., in], weight [out, in], bias [out]. */
export function linear(x: Value, weight: Value, bias: Value | null = null): Value {
  return resultOf({ kind: "linear", x, weight, bias });
}

export interface ConvOptions {
  readonly stride?: number;
  /** Zeros on all four sides, or at [top, left, bottom, right]. */
  readonly padding?: number | readonly [number, number, number, number];
}

/** 2-D convolution: x [B, C, H, W], weight [O, C, kh, kw], bias [O]. */
export function conv2d(x: Value, weight: Value, bias: Value | null, options: ConvOptions = {}): Value {
  const { stride = 1, padding = 0 } = options;
  const pads = typeof padding === "number" ? ([padding, padding, padding, padding] as const) : padding;
  return resultOf({ kind: "conv2d", x, weight, bias, stride, padding: pads });
}
