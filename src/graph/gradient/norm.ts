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
 * r·(g − mean(g) − y·mean(g·y)). μ, r and y are computed again here, so of the forward pass only x is kept.
 */
export function normalisation(x: Value, epsilon: number) {
  const centred = sub(x, meanOfRows(x));
  const variance = meanOfRows(mul(centred, centred));
  const r = div(scalar(1), sqrt(add(variance, epsilon)));
  const y = mul(centred, r);
  const toInput = (g: Value): Value => mul(r, sub(sub(g, meanOfRows(g)), mul(y, meanOfRows(mul(g, y)))));
  return { y, toInput };
}
