import {
  add,
  div,
  log,
  mean,
  mul,
  neg,
  reshape,
  scalar,
  slice,
  sqrt,
  sub,
  sum,
  type Value,
} from "../../graph/index.ts";

/**
 * The losses of Kasten et al. 2021, each a scalar, without its weight. Rows are pixels of a batch [B, …]; equations are
 * that paper's.
 */

/** A term of the loss (docs/atlas.md). */
export type AtlasTerm =
  | "color"
  | "gradient"
  | "flow"
  | "alphaFlow"
  | "rigidity"
  | "sparsity"
  | "bootstrap"
  | "globalForeground"
  | "globalBackground";

/** The terms of the loss, in the order in which a run gives them and takes their weights. */
export const TERMS: readonly AtlasTerm[] = [
  "color",
  "gradient",
  "flow",
  "alphaFlow",
  "rigidity",
  "sparsity",
  "bootstrap",
  "globalForeground",
  "globalBackground",
];

const rowsOf = (x: Value): number => x.shape[0] as number;
const column = (x: Value, index: number): Value => slice(x, 1, index, index + 1);
const square = (x: Value): Value => mul(x, x);

/** The mean over rows of [B, 1] or of sums over columns [B, c]. */
function meanOfRows(x: Value): Value {
  return mean(sum(x, 1), 0);
}

/** |x| made smooth at 0, where its derivative has none: √(x² + ε²) − ε, of squares [B, 1]. */
function smoothRoot(squares: Value): Value {
  const epsilon = 1e-3;
  return sub(sqrt(add(squares, epsilon ** 2)), epsilon);
}

/** The mean of [B, 1] over the rows that count, of weights 0 or 1 [B, 1]. */
function meanWhere(x: Value, counts: Value): Value {
  return div(sum(sum(mul(x, counts), 1), 0), add(sum(sum(counts, 1), 0), 1e-6));
}

/** Colour: the mean of ‖c − c̄‖² over pixels, of reconstructed and true colours [N, 3], 0…1 (their reconstruction loss). */
export function colorLoss(colors: Value, truth: Value): Value {
  return meanOfRows(square(sub(colors, truth)));
}

/** What pixels and their neighbours to the right and below show, each [B, 3]. */
export interface Neighbours {
  readonly here: Value;
  readonly right: Value;
  readonly below: Value;
}

/** Eq. 7: the mean of ‖∂x c − ∂x c̄‖² + ‖∂y c − ∂y c̄‖², by differences of neighbouring pixels. */
export function gradientLoss(colors: Neighbours, truth: Neighbours): Value {
  const off = (side: "right" | "below"): Value =>
    square(sub(sub(colors[side], colors.here), sub(truth[side], truth.here)));
  return meanOfRows(add(off("right"), off("below")));
}

/**
 * Eq. 9: the mean of ‖JᵀJ‖ + ‖(JᵀJ)⁻¹‖ (Frobenius) less its least value 2√2, so that a rigid mapping has none. The
 * columns of J are how a place moves with x and with y [B, 2], in pixels a pixel.
 */
export function rigidityLoss(byX: Value, byY: Value): Value {
  // As in the authors' code: a mapping that folds up has a large loss, not an infinite one.
  const a = add(add(square(column(byX, 0)), square(column(byX, 1))), 1e-3);
  const d = add(add(square(column(byY, 0)), square(column(byY, 1))), 1e-3);
  const b = add(mul(column(byX, 0), column(byY, 0)), mul(column(byX, 1), column(byY, 1)));
  const norm = sqrt(add(add(square(a), square(d)), mul(square(b), 2)));
  const determinant = sub(mul(a, d), square(b));
  return sub(meanOfRows(add(norm, div(norm, determinant))), 2 * Math.SQRT2);
}

/** Eq. 11: the mean of a layer's share × ‖M(p) − M(p')‖ in pixels, over pixels p whose flow leads to a p' that is seen. */
export function flowLoss(places: Value, matches: Value, share: Value, matched: Value): Value {
  const squares = reshape(sum(square(sub(places, matches)), 1), [rowsOf(places), 1]);
  return meanWhere(mul(smoothRoot(squares), share), matched);
}

/** Eq. 12: the mean of |α(p) − α(p')| over the same pixels, of values [B, 1]. */
export function alphaFlowLoss(alpha: Value, match: Value, matched: Value): Value {
  return meanWhere(smoothRoot(square(sub(alpha, match))), matched);
}

/** Sparsity: the mean of ‖(1 − α) c_f‖², so that the foreground is black wherever it is not seen. */
export function sparsityLoss(alpha: Value, foreground: Value): Value {
  return meanOfRows(square(mul(sub(scalar(1), alpha), foreground)));
}

/** Bootstrapping: the cross entropy of α and the mask m, −m log α − (1 − m) log(1 − α), of values [N, 1]. */
export function bootstrapLoss(alpha: Value, mask: Value): Value {
  const inside = mul(mask, log(alpha));
  const outside = mul(sub(scalar(1), mask), log(sub(scalar(1), alpha)));
  return neg(meanOfRows(add(inside, outside)));
}

/** Appendix A: the mean of ‖M(p) − s·(x, y)‖, which a mapping is trained on before all else. */
export function identityLoss(places: Value, positions: Value): Value {
  const squares = reshape(sum(square(sub(places, positions)), 1), [rowsOf(places), 1]);
  return meanOfRows(smoothRoot(squares));
}
