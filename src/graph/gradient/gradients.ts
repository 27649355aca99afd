import { formatDims } from "../dim.ts";
import { GraphShapeError } from "../errors.ts";
import { filled } from "../ops/leaf.ts";
import { inOrder } from "../order.ts";
import { operandsOf, type Value } from "../value.ts";
import { accumulated } from "./accumulate.ts";
import { recomputation } from "./recompute.ts";
import { adjointsOf } from "./rules.ts";

export interface GradientOptions {
  /**
   * Values at which the forward pass is cut for checkpointing: between two of them only what later stretches read is
   * kept, and the rest is computed again in the backward pass. More time, less memory.
   * @default none: everything that the backward pass reads is kept
   */
  readonly borders?: readonly Value[];
}

/** The values among `order` that change with one of `leaves`. */
function changingWith(leaves: readonly Value[], order: readonly Value[]): ReadonlySet<Value> {
  const changing = new Set(leaves);
  for (const value of order) {
    if (operandsOf(value.op).some((operand) => changing.has(operand))) changing.add(value);
  }
  return changing;
}

/**
 * The gradients of a scalar with respect to some values that it is computed from, each like its value, by reverse-mode
 * differentiation (Linnainmaa 1970): from the output to the inputs, an adjoint for every value that changes with one of
 * `leaves`, and none for the others. Zero where the output does not depend on a leaf.
 *
 * Throws GraphShapeError where `output` is no float32 scalar or a leaf not float32, FateZeroError `gradient-unknown`
 * where the way leads through an operation without a rule.
 */
export function gradients(
  output: Value,
  leaves: readonly Value[],
  { borders = [] }: GradientOptions = {},
): readonly Value[] {
  for (const { dtype, shape } of [output, ...leaves]) {
    if (dtype !== "float32") throw new GraphShapeError(`gradient: ${dtype} ${formatDims(shape)} has none`);
  }
  if (output.shape.length > 0)
    throw new GraphShapeError(`gradient: the output ${formatDims(output.shape)} is no single number`);

  // What is read first is computed first: a stretch between two borders holds what its own operations read.
  const order = inOrder([output], ({ op }) => [...operandsOf(op)].reverse());
  const changing = changingWith(leaves, order);
  const seen = recomputation(order, borders);
  const adjoints = new Map<Value, Value>([[output, filled([], 1)]]);
  for (const value of [...order].reverse()) {
    const g = adjoints.get(value);
    if (!g || !changing.has(value)) continue;
    const operands = operandsOf(value.op);
    const wanted = operands.map((operand) => changing.has(operand));
    if (!wanted.includes(true)) continue;
    const { op, y } = seen(value, g);
    for (const [i, adjoint] of adjointsOf(op, { y, g, wanted }).entries()) {
      const operand = operands[i];
      if (!operand || !adjoint || !wanted[i]) continue;
      const other = adjoints.get(operand);
      adjoints.set(operand, other ? accumulated(other, adjoint()) : adjoint());
    }
  }
  return leaves.map((leaf) => adjoints.get(leaf) ?? filled(leaf.shape, 0));
}
