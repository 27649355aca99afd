import { type Shape, stridesOf } from "../../tensor/index.ts";

/** Elements of a shape, or `null` where they are too many to count. */
export function elementsOf(shape: Shape): number | null {
  if (shape.includes(0)) return 0;
  let count = 1;
  for (const dim of shape) {
    count *= dim;
    if (!Number.isSafeInteger(count)) return null;
  }
  return count;
}

/** Elements from the first to the last of a view, both included; `null` where they are too many to count. */
export function spanOf(shape: Shape, strides: readonly number[]): number | null {
  if (shape.includes(0)) return 0;
  let span = 1;
  for (const [axis, dim] of shape.entries()) {
    span += (dim - 1) * strides[axis]!;
    if (!Number.isSafeInteger(span)) return null;
  }
  return span;
}

/** Whether a view's elements lie one after the other, row-major. Axes of length 1 may have any stride. */
export function isContiguous(shape: Shape, strides: readonly number[]): boolean {
  return shape.includes(0) || denseAxes(shape, strides) === shape.length;
}

/** How many of the last axes lie row-major without a gap. */
function denseAxes(shape: Shape, strides: readonly number[]): number {
  const dense = stridesOf(shape);
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== dense[axis]) return shape.length - 1 - axis;
  }
  return shape.length;
}

/** Copies `count` runs of bytes that begin `step` apart, one after the other. */
function copyRuns(
  source: Uint8Array,
  from: number,
  step: number,
  target: Uint8Array,
  to: number,
  count: number,
  runBytes: number,
): void {
  let read = from;
  const end = to + count * runBytes;
  for (let write = to; write < end; write += runBytes, read += step) {
    // Short runs, mostly single elements, are faster byte by byte.
    if (runBytes <= 16) for (let i = 0; i < runBytes; i++) target[write + i] = source[read + i]!;
    else target.set(source.subarray(read, read + runBytes), write);
  }
}

/**
 * A view as a row-major tensor: a copy, or the same memory where it lies row-major already.
 * `source` holds the view's elements of `elementBytes` each, the first of them at byte `start`.
 */
export function gather(
  source: Uint8Array,
  start: number,
  shape: Shape,
  strides: readonly number[],
  elementBytes: number,
): Uint8Array {
  const outer = shape.length - denseAxes(shape, strides);
  const runBytes = shape.slice(outer).reduce((product, dim) => product * dim, elementBytes);
  if (outer === 0) return source.subarray(start, start + runBytes);
  const axis = outer - 1;
  const rowBytes = shape[axis]! * runBytes;
  const rows = shape.slice(0, axis).reduce((product, dim) => product * dim, 1);
  const target = new Uint8Array(rows * rowBytes);
  const index = new Array<number>(axis).fill(0);
  let from = start;
  for (let to = 0; to < target.length; to += rowBytes) {
    copyRuns(source, from, strides[axis]! * elementBytes, target, to, shape[axis]!, runBytes);
    for (let carry = axis - 1; carry >= 0; carry--) {
      const step = strides[carry]! * elementBytes;
      from += step;
      if (++index[carry]! < shape[carry]!) break;
      from -= step * shape[carry]!;
      index[carry] = 0;
    }
  }
  return target;
}
