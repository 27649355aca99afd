import { bytesPerElement } from "../tensor/index.ts";
import { type Dim, productOf } from "./dim.ts";
import type { Graph } from "./graph.ts";
import { inOrder } from "./order.ts";
import { type OpKind, operandsOf, type Value } from "./value.ts";

/** Sizes by the names of the symbols in a graph's shapes. */
export type Sizes = Readonly<Record<string, number>>;

function sizeOfDim(dim: Dim, sizes: Sizes): number {
  if (typeof dim === "number") return dim;
  return dim.symbols.reduce((size, name) => {
    const value = sizes[name];
    if (value === undefined) throw new Error(`The size "${name}" is not given.`);
    return size * value;
  }, dim.factor);
}

/** Another view of its first operand's memory. */
const VIEWS: readonly OpKind[] = ["reshape", "after"];
/** Written over its operand where nobody reads that afterwards. */
const IN_PLACE: readonly OpKind[] = ["unary", "binary", "softmax"];
/** Memory that is there before a run and after it. */
const LEAVES: readonly OpKind[] = ["weight", "constant"];

/**
 * Bytes of the activations that are alive at one time while a graph runs, at their highest: what its operations give, from
 * where it is made to where it is read last, in the order in which they run. Weights, and what kernels use inside, are not in
 * it.
 */
export function liveBytes(graph: Graph, sizes: Sizes): number {
  const outputs = Object.values(graph.outputs).filter((value) => value !== undefined);
  const order = inOrder(outputs, ({ op }) => operandsOf(op));
  const base = new Map<Value, Value>();
  const baseOf = (value: Value): Value => base.get(value) ?? value;
  const readers = new Map<Value, number>();
  const read = (value: Value, times: number): number => {
    const left = (readers.get(value) ?? 0) + times;
    readers.set(value, left);
    return left;
  };
  for (const value of order) {
    const operands = operandsOf(value.op).map(baseOf);
    const isView = VIEWS.includes(value.op.kind);
    if (isView) base.set(value, operands[0]!);
    for (const operand of isView ? operands.slice(1) : operands) read(operand, 1);
  }
  for (const output of outputs) read(baseOf(output), 1);

  // A weight in another type is a weight: it is converted when the graph is opened.
  const isLeaf = ({ op }: Value): boolean =>
    LEAVES.includes(op.kind) || (op.kind === "cast" && isLeaf(baseOf(op.x)));
  const bytesOf = (value: Value): number =>
    isLeaf(value) ? 0 : sizeOfDim(productOf(value.shape), sizes) * Math.ceil(bytesPerElement(value.dtype));
  let live = 0;
  let peak = 0;
  for (const value of order) {
    const operands = operandsOf(value.op).map(baseOf);
    const release = (freed: readonly Value[]): void => {
      for (const operand of freed) if (read(operand, -1) === 0) live -= bytesOf(operand);
    };
    if (baseOf(value) !== value) {
      release(operands.slice(1));
      continue;
    }
    const own = bytesOf(value);
    const lastOf = operands.filter(
      (operand, i) => operands.indexOf(operand) === i && isLast(operand, operands),
    );
    const reused = IN_PLACE.includes(value.op.kind) && lastOf.some((operand) => bytesOf(operand) === own);
    live += own;
    peak = Math.max(peak, reused ? live - own : live);
    release(operands);
  }
  return peak;

  function isLast(operand: Value, operands: readonly Value[]): boolean {
    return readers.get(operand) === operands.filter((other) => other === operand).length;
  }
}
