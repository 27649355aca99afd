import { type Dim, formatDim } from "../dim.ts";
import type { Op } from "../value.ts";
import type { Emitter } from "./emitter.ts";
import { dimOperand } from "./shapes.ts";

/** Rows at the end of an axis that a convolution does not read, because its stride does not reach them. */
export function unread(length: Dim, kernel: number, stride: number, padding: number): number {
  // A symbolic length is a multiple of the stride, so the rest is the same for every one.
  const rest = (typeof length === "number" ? length : 0) + padding - kernel;
  return ((rest % stride) + stride) % stride;
}

/** Slice takes this as "to the end". */
export const END = 2 ** 53 - 1;

/**
 * A kernel [O, C, kh, kw] as one matrix product for each of its places: the part of the padded `x` that this place
 * lies on in turn, times `y`. Conv with `y` as its kernel would do it in one node, but is slow at kernels that large.
 */
export function convKernelNodes(
  emitter: Emitter,
  { x, y, stride, padding, size: [kh, kw] }: Extract<Op, { readonly kind: "convKernel" }>,
  xName: string,
  yName: string,
): string {
  const [top, left, bottom, right] = padding;
  const padded = padding.some((zeros) => zeros > 0)
    ? emitter.node("Pad", [xName, emitter.int64([0, 0, top, left, 0, 0, bottom, right])])
    : xName;
  const rows = (name: string): string => emitter.node("Reshape", [name, emitter.int64([0, 0, -1])]);
  const outputs = rows(yName);
  const places = Array.from({ length: kh * kw }, (_, place) => {
    const [i, j] = [Math.floor(place / kw), place % kw];
    const ends = [i - (kh - 1) || END, j - (kw - 1) || END];
    const whole = kh === 1 && kw === 1 && stride === 1;
    const part = whole
      ? padded
      : emitter.node("Slice", [padded, ...[[i, j], ends, [2, 3], [stride, stride]].map(emitter.int64)]);
    const columns = emitter.node("Transpose", [rows(part)], { perm: { ints: [0, 2, 1] } });
    return emitter.node("MatMul", [outputs, columns]);
  });
  const all = places.length === 1 ? places[0]! : emitter.node("Concat", places, { axis: { int: 1 } });
  const [out, channels] = [y.shape[1], x.shape[1]] as [number, number];
  const batch = x.shape[0]!;
  const summed = batch === 1 ? all : sumOfBatch(emitter, batch, all);
  const byPlace = emitter.node("Reshape", [summed, emitter.int64([places.length, out, channels])]);
  const last = emitter.node("Transpose", [byPlace], { perm: { ints: [1, 2, 0] } });
  return emitter.node("Reshape", [last, emitter.int64([out, channels, kh, kw])]);
}

/** The sum over the first axis as a product with ones, at which ONNX Runtime is many times faster than at ReduceSum. */
function sumOfBatch(emitter: Emitter, batch: Dim, name: string): string {
  const ones = emitter.once(`ones of batch ${formatDim(batch)}`, () =>
    emitter.node("Expand", [
      emitter.tensor([1, 1], Float32Array.of(1)),
      emitter.node("Concat", [emitter.int64([1]), dimOperand(emitter, batch)], { axis: { int: 0 } }),
    ]),
  );
  return emitter.node("MatMul", [ones, emitter.node("Reshape", [name, emitter.int64([0, -1])])]);
}
