import { type Dim, divDims, equalDims, formatDims } from "../dim.ts";
import { GraphShapeError } from "../errors.ts";
import type { Value } from "../value.ts";

/** Matrix product of the last two axes; equal or absent leading axes. */
export function matmul(a: Value, b: Value): Value {
  const inner = a.shape.at(-1);
  const rows = b.shape.at(-2);
  if (inner === undefined || rows === undefined || !equalDims(inner, rows)) {
    throw new GraphShapeError(`matmul: ${formatDims(a.shape)} × ${formatDims(b.shape)}`);
  }
  const longer = a.shape.length >= b.shape.length ? a : b;
  const shorter = longer === a ? b : a;
  const lead = longer.shape.slice(0, -2);
  const other = shorter.shape.slice(0, -2);
  const offset = lead.length - other.length;
  if (!other.every((dim, i) => dim === 1 || equalDims(dim, lead[offset + i]!))) {
    throw new GraphShapeError(
      `matmul: leading axes of ${formatDims(a.shape)} and ${formatDims(b.shape)} differ`,
    );
  }
  return { op: { kind: "matmul", a, b }, dtype: a.dtype, shape: [...lead, a.shape.at(-2)!, b.shape.at(-1)!] };
}

/** x·Wᵀ + bias over the last axis: x [..., in], weight [out, in], bias [out]. */
export function linear(x: Value, weight: Value, bias: Value | null = null): Value {
  const [out, features] = weight.shape;
  const width = x.shape.at(-1);
  if (weight.shape.length !== 2 || width === undefined || !equalDims(width, features!)) {
    throw new GraphShapeError(
      `linear: input ${formatDims(x.shape)} does not fit weight ${formatDims(weight.shape)}`,
    );
  }
  if (bias && !(bias.shape.length === 1 && equalDims(bias.shape[0]!, out!))) {
    throw new GraphShapeError(
      `linear: bias ${formatDims(bias.shape)} does not fit weight ${formatDims(weight.shape)}`,
    );
  }
  return { op: { kind: "linear", x, weight, bias }, dtype: x.dtype, shape: [...x.shape.slice(0, -1), out!] };
}

/** floor((length + padding − kernel) / stride) + 1, exact for symbolic lengths that the stride divides. */
function convLength(length: Dim, kernel: number, stride: number, padding: number): Dim | null {
  if (typeof length === "number") {
    const out = Math.floor((length + padding - kernel) / stride) + 1;
    return out > 0 ? out : null;
  }
  return Math.floor((padding - kernel) / stride) === -1 ? divDims(length, stride) : null;
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
  const [b, c, h, w] = x.shape;
  const [o, wc, kh, kw] = weight.shape;
  if (x.shape.length !== 4 || weight.shape.length !== 4 || !equalDims(c!, wc!)) {
    throw new GraphShapeError(
      `conv2d: input ${formatDims(x.shape)} does not fit weight ${formatDims(weight.shape)}`,
    );
  }
  if (bias && !(bias.shape.length === 1 && equalDims(bias.shape[0]!, o!))) {
    throw new GraphShapeError(
      `conv2d: bias ${formatDims(bias.shape)} does not fit weight ${formatDims(weight.shape)}`,
    );
  }
  const height = convLength(h!, kh as number, stride, pads[0] + pads[2]);
  const width = convLength(w!, kw as number, stride, pads[1] + pads[3]);
  if (height === null || width === null) {
    throw new GraphShapeError(`conv2d: stride ${stride} does not divide the size of ${formatDims(x.shape)}`);
  }
  return {
    op: { kind: "conv2d", x, weight, bias, stride, padding: pads },
    dtype: x.dtype,
    shape: [b!, o!, height, width],
  };
}
