import { formatShape, type Shape, sizeOf } from "./shape.ts";

/** A float32 tensor in host memory, row-major. Everything the method computes on the host is one of these. */
export interface FloatTensor {
  readonly dtype: "float32";
  readonly shape: Shape;
  readonly data: Float32Array;
}

/** An int64 tensor in host memory: token ids, frame indices. */
export interface IntTensor {
  readonly dtype: "int64";
  readonly shape: Shape;
  readonly data: BigInt64Array;
}

export type HostTensor = FloatTensor | IntTensor;

function checkLength(shape: Shape, length: number): void {
  if (sizeOf(shape) !== length) {
    throw new RangeError(
      `A tensor of shape ${formatShape(shape)} needs ${sizeOf(shape)} elements, got ${length}.`,
    );
  }
}

/** Wraps float32 values as a tensor; without `data` it is filled with zeros. Throws RangeError on a wrong length. */
export function floatTensor(shape: Shape, data: Float32Array = new Float32Array(sizeOf(shape))): FloatTensor {
  checkLength(shape, data.length);
  return { dtype: "float32", shape, data };
}

/** Wraps integers as an int64 tensor. Throws RangeError on a wrong length. */
export function intTensor(shape: Shape, values: readonly number[] | BigInt64Array): IntTensor {
  const data = values instanceof BigInt64Array ? values : BigInt64Array.from(values, BigInt);
  checkLength(shape, data.length);
  return { dtype: "int64", shape, data };
}

/** The part `[start, end)` of the first axis, sharing memory with `tensor`. */
export function slice0(tensor: FloatTensor, start: number, end: number): FloatTensor {
  const rest = tensor.shape.slice(1);
  const stride = sizeOf(rest);
  return floatTensor([end - start, ...rest], tensor.data.subarray(start * stride, end * stride));
}

/** Joins tensors of equal trailing shape along the first axis (copies). */
export function concat0(tensors: readonly FloatTensor[]): FloatTensor {
  const first = tensors[0];
  if (!first) throw new RangeError("concat0 needs at least one tensor.");
  const rest = first.shape.slice(1);
  const rows = tensors.reduce((sum, t) => sum + t.shape[0]!, 0);
  const out = floatTensor([rows, ...rest]);
  let offset = 0;
  for (const t of tensors) {
    if (formatShape(t.shape.slice(1)) !== formatShape(rest)) {
      throw new RangeError(`concat0: ${formatShape(t.shape)} does not continue ${formatShape(first.shape)}.`);
    }
    out.data.set(t.data, offset);
    offset += t.data.length;
  }
  return out;
}

/** Some places of a tensor along an axis, in the order in which they are named (copies). */
export function take(tensor: FloatTensor, axis: number, places: readonly number[]): FloatTensor {
  const { shape, data } = tensor;
  const outer = sizeOf(shape.slice(0, axis));
  const inner = sizeOf(shape.slice(axis + 1));
  const length = shape[axis]!;
  const out = floatTensor(shape.with(axis, places.length));
  for (let row = 0; row < outer; row++) {
    for (const [i, place] of places.entries()) {
      const at = (row * length + place) * inner;
      out.data.set(data.subarray(at, at + inner), (row * places.length + i) * inner);
    }
  }
  return out;
}
