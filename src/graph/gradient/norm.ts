import { add, div, mean, mul, sqrt, sub } from "../ops/arithmetic.ts";
import { reshape } from "../ops/layout.ts";
import { scalar } from "../ops/leaf.ts";
import type { Value } from "../value.ts";

/** The last axis's mean, kept as an axis of length 1. */
function meanOfRows(x: Value): Value {
  return reshape(mean(x, -1), [...x.shape.slice(0, -1), 1]);
}

/**
 * Normalisation of the last axis, y = (x − μ)·r with r = 1/√(σ² + ε), and how an adjoint of y comes back to x:
 * r·(g − mean(g) − y·mean(g·y)), with y = c·r written by c = x − μ, which spares a pass. μ, r and y are computed again here,
 * so of the forward pass only x is kept.
 */
export function normalisation(x: Value, epsilon: number) {
  const centred = sub(x, meanOfRows(x));
  const variance = meanOfRows(mul(centred, centred));
  const r = div(scalar(1), sqrt(add(variance, epsilon)));
  const toInput = (g: Value): Value => {
    const along = mul(mul(r, r), meanOfRows(mul(g, centred)));
    return mul(r, sub(sub(g, meanOfRows(g)), mul(centred, along)));
  };
  return { y: mul(centred, r), toInput };
}
