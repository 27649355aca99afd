import { type Dim, divDims, mulDims, productOf } from "../dim.ts";
import { oneHot, reshape, slice, transpose } from "../ops/layout.ts";
import { matmul } from "../ops/product.ts";
import type { Op, Value } from "../value.ts";
import { sumOver } from "./sums.ts";

type Concat = Extract<Op, { readonly kind: "concat" }>;
type Gather = Extract<Op, { readonly kind: "gather" }>;

/** What all lengths of a concatenation are whole multiples of: 1, or the symbols that they share. */
function unitOf(total: Dim): Dim {
  return typeof total === "number" ? 1 : { factor: 1, symbols: total.symbols };
}

/** The part of an adjoint that belongs to the operand at `index`, also along an axis whose length is not known yet. */
export function partOfConcat({ xs, axis }: Concat, g: Value, index: number): Value {
  const unit = unitOf(g.shape[axis]!);
  const counts = xs.map((x) => divDims(x.shape[axis]!, unit) as number);
  const inUnits = [
    ...g.shape.slice(0, axis),
    divDims(g.shape[axis]!, unit)!,
    unit,
    ...g.shape.slice(axis + 1),
  ];
  const start = counts.slice(0, index).reduce((a, b) => a + b, 0);
  const part = slice(reshape(g, inUnits), axis, start, start + counts[index]!);
  return reshape(part, xs[index]!.shape);
}

/**
 * The adjoint of picking rows: each row of `g` is added to the one that it was picked from, which a matrix of ones and
 * zeros does in one product, in the same order every time.
 */
export function scatter({ x, indices, axis }: Gather, g: Value): Value {
  const length = x.shape[axis]!;
  const picked = productOf(indices.shape);
  const [before, after] = [productOf(x.shape.slice(0, axis)), productOf(x.shape.slice(axis + 1))];
  const origin = transpose(oneHot(reshape(indices, [picked]), length), [1, 0]);
  if (before === 1) return reshape(matmul(origin, reshape(g, [picked, after])), x.shape);
  return reshape(matmul(origin, reshape(g, [before, picked, after])), x.shape);
}

/** The adjoint of doubling height and width: the sum over the four pixels that each became. */
export function sumOfPixels({ shape: [b, c, h, w] }: Value, g: Value): Value {
  const blocks = reshape(g, [mulDims(b!, c!), h!, 2, w!, 2]);
  return reshape(sumOver(blocks, [false, false, true, false, true]), [b!, c!, h!, w!]);
}
