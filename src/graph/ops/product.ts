import type { Dim } from "../dim.ts";
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

function strideAndPadding({ stride = 1, padding = 0 }: ConvOptions) {
  const pads = typeof padding === "number" ? ([padding, padding, padding, padding] as const) : padding;
  return { stride, padding: pads };
}

/** 2-D convolution: x [B, C, H, W], weight [O, C, kh, kw], bias [O]. */
export function conv2d(x: Value, weight: Value, bias: Value | null, options: ConvOptions = {}): Value {
  return resultOf({ kind: "conv2d", x, weight, bias, ...strideAndPadding(options) });
}

/**
 * The transposed convolution: y [B, O, H', W'], weight [O, C, kh, kw] → [B, C, …size]. `size` is that of a conv2d's input
 * which gives y's with the same options: with a stride several do.
 */
export function convTranspose2d(
  y: Value,
  weight: Value,
  size: readonly [Dim, Dim],
  options: ConvOptions = {},
): Value {
  return resultOf({ kind: "convTranspose2d", x: y, weight, size, ...strideAndPadding(options) });
}

/**
 * The third of a convolution's products, Σ x·y over batch and places: x [B, C, H, W], y [B, O, H', W'] → a kernel
 * [O, C, …size].
 */
export function convKernel(
  x: Value,
  y: Value,
  size: readonly [number, number],
  options: ConvOptions = {},
): Value {
  return resultOf({ kind: "convKernel", x, y, size, ...strideAndPadding(options) });
}
