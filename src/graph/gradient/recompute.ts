import { after } from "../ops/layout.ts";
import { resultOf } from "../result.ts";
import { mapOperands, type Op, operandsOf, type Value } from "../value.ts";

/** An operation of the forward pass as the backward pass sees it, and its result. */
interface Seen {
  readonly op: Op;
  readonly y: Value;
}

function isLeaf({ op: { kind } }: Value): boolean {
  return kind === "input" || kind === "weight" || kind === "constant" || kind === "size";
}

/** The stretch between two borders in which each value lies, counted from the inputs. */
function stretches(order: readonly Value[], borders: ReadonlySet<Value>): ReadonlyMap<Value, number> {
  const found = new Map<Value, number>();
  let stretch = 0;
  for (const value of order) {
    found.set(value, stretch);
    if (borders.has(value)) stretch++;
  }
  return found;
}

/**
 * Checkpointing (Chen et al. 2016). The forward pass, in `order`, is cut after each of the `borders`. What a later
 * stretch reads is kept; all else is computed again from that, when the backward pass reaches its stretch: not before,
 * because the copies wait for the adjoint `g` with which it gets there. The last stretch is kept as it is.
 */
export function recomputation(
  order: readonly Value[],
  borders: readonly Value[],
): (value: Value, g: Value) => Seen {
  const stretchOf = stretches(order, new Set(borders));
  const last = Math.max(...stretchOf.values());
  const kept = new Set(
    order.flatMap((value) =>
      operandsOf(value.op).filter((operand) => stretchOf.get(operand) !== stretchOf.get(value)),
    ),
  );

  /** What the values of a stretch, and those that it reads, are in the backward pass. */
  const enter = (stretch: number, token: Value): ((value: Value) => Value) => {
    const copies = new Map<Value, Value>();
    const copyOf = (value: Value): Value => {
      const { kind } = value.op;
      if (kind === "weight" || kind === "constant" || kind === "size") return value;
      const known = copies.get(value);
      if (known) return known;
      const given = isLeaf(value) || kept.has(value);
      const copy = given ? after(value, token) : resultOf(mapOperands(value.op, copyOf));
      copies.set(value, copy);
      return copy;
    };
    // In their order, so that no copy has to make many others first.
    for (const value of order) if (stretchOf.get(value) === stretch) copyOf(value);
    return copyOf;
  };

  const entered = new Map<number, (value: Value) => Value>();
  return (value, g) => {
    const stretch = stretchOf.get(value)!;
    if (stretch === last) return { op: value.op, y: value };
    const copyOf = entered.get(stretch) ?? enter(stretch, g);
    entered.set(stretch, copyOf);
    return { op: mapOperands(value.op, copyOf), y: copyOf(value) };
  };
}
