import { type Dim, equalDims, formatDim } from "../dim.ts";
import type { Emitter } from "./emitter.ts";

/** Emits a dimension as an int64 tensor of one element; equal dimensions are emitted once. */
export function dimOperand(emitter: Emitter, dim: Dim): string {
  if (typeof dim === "number") return emitter.int64([dim]);
  return emitter.once(`dim ${formatDim(dim)}`, () => {
    let product: string | null = dim.factor === 1 ? null : emitter.int64([dim.factor]);
    for (const name of dim.symbols) {
      const value = symbolTensor(emitter, name);
      product = product === null ? value : emitter.node("Mul", [product, value]);
    }
    return product!;
  });
}

function symbolTensor(emitter: Emitter, name: string): string {
  return emitter.once(`symbol ${name}`, () => {
    const source = emitter.symbols.get(name);
    if (!source) throw new Error(`No graph input tells the value of the dimension "${name}".`);
    const { input, axis, factor } = source;
    const length = emitter.node("Shape", [input], { start: { int: axis }, end: { int: axis + 1 } });
    return factor === 1 ? length : emitter.node("Div", [length, emitter.int64([factor])]);
  });
}

function concatDims(emitter: Emitter, dims: readonly (number | string)[]): string {
  if (dims.every((dim) => typeof dim === "number")) return emitter.int64(dims as number[]);
  const parts = dims.map((dim) => (typeof dim === "number" ? emitter.int64([dim]) : dim));
  return emitter.once(`dims ${parts}`, () => emitter.node("Concat", parts, { axis: { int: 0 } }));
}

/** The shape operand of Reshape: axes kept in place are 0, one unknown is −1, the rest is computed. */
export function reshapeOperand(emitter: Emitter, from: readonly Dim[], to: readonly Dim[]): string {
  let inferred = false;
  const dims = to.map((dim, axis) => {
    if (typeof dim === "number") return dim;
    if (from[axis] !== undefined && equalDims(from[axis], dim)) return 0;
    if (!inferred) {
      inferred = true;
      return -1;
    }
    return dimOperand(emitter, dim);
  });
  return concatDims(emitter, dims);
}

/** The shape operand of Expand: axes that stay are 1. */
export function expandOperand(emitter: Emitter, from: readonly Dim[], to: readonly Dim[]): string {
  const dims = to.map((dim, axis) => {
    if (equalDims(from[axis]!, dim)) return 1;
    return typeof dim === "number" ? dim : dimOperand(emitter, dim);
  });
  return concatDims(emitter, dims);
}
