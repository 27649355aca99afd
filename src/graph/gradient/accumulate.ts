import { add } from "../ops/arithmetic.ts";
import { concat, pad } from "../ops/layout.ts";
import type { Value } from "../value.ts";

/** What an adjoint has along an axis beside zeros: `parts` side by side from `start` to `end`. */
interface Stretch {
  readonly parts: readonly Value[];
  readonly axis: number;
  readonly start: number;
  readonly end: number;
}

function stretchOf({ op, shape }: Value): Stretch | null {
  if (op.kind !== "pad") return null;
  const { x, axis, before } = op;
  const parts = x.op.kind === "concat" && x.op.axis === axis ? x.op.xs : [x];
  return { parts, axis, start: before, end: (shape[axis] as number) - op.after };
}

/**
 * Two shares of an adjoint as one. Shares of neighbouring slices (`split`) lie side by side: they are joined, not padded and
 * added, which would write and read the whole for each.
 */
export function accumulated(a: Value, b: Value): Value {
  const [one, other] = [stretchOf(a), stretchOf(b)];
  if (!one || !other || one.axis !== other.axis) return add(a, b);
  const [first, second] = one.start <= other.start ? [one, other] : [other, one];
  if (first.end !== second.start) return add(a, b);
  const { axis } = first;
  const joined = concat([...first.parts, ...second.parts], axis);
  return pad(joined, axis, first.start, (a.shape[axis] as number) - second.end);
}
