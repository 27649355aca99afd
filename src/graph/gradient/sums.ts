import { type Dim, equalDims, equalShapes, mulDims, productOf } from "../dim.ts";
import { sum } from "../ops/arithmetic.ts";
import { reshape } from "../ops/layout.ts";
import type { Value } from "../value.ts";

/** Sums over everything that adjoints are made of. */

/** The adjoint of broadcasting: `g` summed over the axes along which a value of `shape` was repeated. */
export function sumTo(g: Value, shape: readonly Dim[]): Value {
  if (equalShapes(g.shape, shape)) return g;
  const rank = g.shape.length;
  const repeated = g.shape.map((dim, axis) => {
    const own = shape[axis - rank + shape.length];
    return own === undefined || !equalDims(own, dim);
  });
  return reshape(sumOver(g, repeated), shape);
}

/** Sums over the marked axes, which are dropped; neighbours among them are one axis, so they are summed at once. */
export function sumOver(x: Value, marked: readonly boolean[]): Value {
  const merged: { dim: Dim; summed: boolean }[] = [];
  for (const [axis, dim] of x.shape.entries()) {
    const summed = marked[axis]!;
    const last = merged.at(-1);
    if (last?.summed === summed) last.dim = mulDims(last.dim, dim);
    else merged.push({ dim, summed });
  }
  let result = reshape(
    x,
    merged.map(({ dim }) => dim),
  );
  for (let axis = merged.length - 1; axis >= 0; axis--) if (merged[axis]!.summed) result = sum(result, axis);
  return reshape(
    result,
    x.shape.filter((_, axis) => !marked[axis]),
  );
}

/** The last axis's sum, kept as an axis of length 1. */
export function sumOfRows(x: Value): Value {
  return reshape(sum(x, -1), [...x.shape.slice(0, -1), 1]);
}

/** [..., n] as the rows of a matrix. */
export function asMatrix(x: Value): Value {
  return reshape(x, [productOf(x.shape.slice(0, -1)), x.shape.at(-1)!]);
}
