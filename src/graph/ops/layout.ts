import { addDims, type Dim, equalDims, equalShapes, formatDims, mulDims, productOf } from "../dim.ts";
import { GraphShapeError } from "../errors.ts";
import type { Value } from "../value.ts";

/** Same elements in the same order under another shape. */
export function reshape(x: Value, shape: readonly Dim[]): Value {
  if (equalShapes(x.shape, shape)) return x;
  if (!equalDims(productOf(x.shape), productOf(shape))) {
    throw new GraphShapeError(
      `reshape: ${formatDims(x.shape)} does not hold as many elements as ${formatDims(shape)}`,
    );
  }
  return { op: { kind: "reshape", x }, dtype: x.dtype, shape };
}

/** Repeats axes of length 1 up to `shape`. */
export function expand(x: Value, shape: readonly Dim[]): Value {
  if (equalShapes(x.shape, shape)) return x;
  const fits =
    x.shape.length === shape.length && x.shape.every((dim, i) => dim === 1 || equalDims(dim, shape[i]!));
  if (!fits)
    throw new GraphShapeError(`expand: ${formatDims(x.shape)} does not expand to ${formatDims(shape)}`);
  return { op: { kind: "expand", x }, dtype: x.dtype, shape };
}

/** Reorders axes: axis i of the result is axis `permutation[i]` of `x`. */
export function transpose(x: Value, permutation: readonly number[]): Value {
  const sorted = [...permutation].sort((a, b) => a - b);
  if (sorted.length !== x.shape.length || sorted.some((axis, i) => axis !== i)) {
    throw new GraphShapeError(
      `transpose: [${permutation.join(", ")}] is no order of the axes of ${formatDims(x.shape)}`,
    );
  }
  return {
    op: { kind: "transpose", x, permutation },
    dtype: x.dtype,
    shape: permutation.map((axis) => x.shape[axis]!),
  };
}

function axisOf(x: Value, axis: number, what: string): number {
  const positive = axis < 0 ? axis + x.shape.length : axis;
  if (positive < 0 || positive >= x.shape.length) {
    throw new GraphShapeError(`${what}: ${formatDims(x.shape)} has no axis ${axis}`);
  }
  return positive;
}

/** Joins values along `axis`; the other axes must agree. */
export function concat(xs: readonly Value[], axis: number): Value {
  const first = xs[0];
  if (!first) throw new GraphShapeError("concat: needs at least one value");
  if (xs.length === 1) return first;
  const at = axisOf(first, axis, "concat");
  let length: Dim = first.shape[at]!;
  for (const x of xs.slice(1)) {
    const sum = x.shape.length === first.shape.length ? addDims(length, x.shape[at]!) : null;
    const rest = x.shape.every((dim, i) => i === at || equalDims(dim, first.shape[i]!));
    if (sum === null || !rest || x.dtype !== first.dtype) {
      throw new GraphShapeError(
        `concat on axis ${at}: ${formatDims(x.shape)} does not continue ${formatDims(first.shape)}`,
      );
    }
    length = sum;
  }
  return {
    op: { kind: "concat", xs, axis: at },
    dtype: first.dtype,
    shape: first.shape.map((dim, i) => (i === at ? length : dim)),
  };
}

/** Elements `[start, end)` of one axis of known length. */
export function slice(x: Value, axis: number, start: number, end: number): Value {
  const at = axisOf(x, axis, "slice");
  const length = x.shape[at]!;
  if (typeof length !== "number" || start < 0 || end > length || start >= end) {
    throw new GraphShapeError(`slice: ${formatDims(x.shape)} has no part ${start}…${end} on axis ${at}`);
  }
  if (start === 0 && end === length) return x;
  return {
    op: { kind: "slice", x, axis: at, start, end },
    dtype: x.dtype,
    shape: x.shape.map((dim, i) => (i === at ? end - start : dim)),
  };
}

/** One element of an axis of known length; the axis is dropped. */
export function select(x: Value, axis: number, index: number): Value {
  const at = axisOf(x, axis, "select");
  return reshape(
    slice(x, at, index, index + 1),
    x.shape.filter((_, i) => i !== at),
  );
}

/** Splits an axis of known length into `count` equal parts. */
export function split(x: Value, axis: number, count: number): Value[] {
  const at = axisOf(x, axis, "split");
  const length = x.shape[at]!;
  if (typeof length !== "number" || length % count !== 0) {
    throw new GraphShapeError(
      `split: axis ${at} of ${formatDims(x.shape)} does not divide into ${count} parts`,
    );
  }
  const part = length / count;
  return Array.from({ length: count }, (_, i) => slice(x, at, i * part, (i + 1) * part));
}

/** Picks entries of `axis` by int64 `indices`; the indices' shape takes the axis's place. */
export function gather(x: Value, indices: Value, axis: number): Value {
  const at = axisOf(x, axis, "gather");
  if (indices.dtype !== "int64") throw new GraphShapeError(`gather: indices are ${indices.dtype}, not int64`);
  return {
    op: { kind: "gather", x, indices, axis: at },
    dtype: x.dtype,
    shape: [...x.shape.slice(0, at), ...indices.shape, ...x.shape.slice(at + 1)],
  };
}

/** Doubles height and width of [B, C, H, W] by repeating pixels. */
export function upsample2x(x: Value): Value {
  const [b, c, h, w] = x.shape;
  if (x.shape.length !== 4)
    throw new GraphShapeError(`upsample2x: ${formatDims(x.shape)} is not [B, C, H, W]`);
  return { op: { kind: "upsample2x", x }, dtype: x.dtype, shape: [b!, c!, mulDims(h!, 2), mulDims(w!, 2)] };
}
