import { mul, sub } from "../ops/arithmetic.ts";
import { softmax } from "../ops/attention.ts";
import { after, concat, split, transpose } from "../ops/layout.ts";
import { matmul } from "../ops/product.ts";
import type { Op, Value } from "../value.ts";
import { sumOfRows } from "./sums.ts";

const turned = (x: Value): Value => transpose(x, [0, 2, 1]);

/**
 * Adjoints of q, k and v of attention O = P·V, P = softmax(S), S = Q·Kᵀ·scale, of `g` like O. The map P is computed again
 * from Q and K when dO is there, one head after another (`after`), so that the forward pass keeps none and this one holds
 * one head's at a time:
 *
 *     dV = Pᵀ·dO    dS = P ∘ (dO·Vᵀ − D), D = rows' sums of dO ∘ O    dQ = dS·K·scale    dK = dSᵀ·Q·scale
 */
export function attentionAdjoints(
  { q, k, v, heads, scale }: Extract<Op, { readonly kind: "attention" }>,
  out: Value,
  g: Value,
): { readonly q: Value; readonly k: Value; readonly v: Value } {
  const byHead = (x: Value): readonly Value[] => split(x, 2, heads);
  const [qs, ks, vs, outs, gs] = [byHead(q), byHead(k), byHead(v), byHead(out), byHead(g)];
  let done: readonly Value[] = [g];
  const adjoints = qs.map((query, head) => {
    const waiting = (x: Value): Value => done.reduce((later, token) => after(later, token), x);
    const [key, value, o, dO] = [ks[head]!, vs[head]!, outs[head]!, waiting(gs[head]!)];
    const scaled = mul(waiting(query), scale);
    const map = softmax(matmul(scaled, turned(key)));
    const dScores = mul(map, sub(matmul(dO, turned(value)), sumOfRows(mul(dO, o))));
    const adjoint = {
      q: mul(matmul(dScores, key), scale),
      // Turned after the product: Q and dO are narrow, maps are not.
      k: turned(matmul(turned(scaled), dScores)),
      v: turned(matmul(turned(dO), map)),
    };
    done = Object.values(adjoint);
    return adjoint;
  });
  const joined = (of: "q" | "k" | "v"): Value =>
    concat(
      adjoints.map((adjoint) => adjoint[of]),
      2,
    );
  return { q: joined("q"), k: joined("k"), v: joined("v") };
}
