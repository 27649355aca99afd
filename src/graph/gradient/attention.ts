import type { Dim } from "../dim.ts";
import { mul, neg, sum } from "../ops/arithmetic.ts";
import { softmax } from "../ops/attention.ts";
import { after, concat, reshape, split, transpose } from "../ops/layout.ts";
import { filled } from "../ops/leaf.ts";
import { matmul } from "../ops/product.ts";
import type { Op, Value } from "../value.ts";

const turned = (x: Value): Value => transpose(x, [0, 2, 1]);

/** Each head's part of [B, N, H·d]: [B, N, d]. */
const byHead = (x: Value, heads: number): readonly Value[] => split(x, 2, heads);

/** Sums over each head's part of the last axis: [B, N, H·d] → [B, N, H]. */
function sumByHead(x: Value, heads: number): Value {
  const [b, n, width] = x.shape as [Dim, Dim, number];
  return sum(reshape(x, [b, n, heads, width / heads]), 3);
}

/**
 * Adjoints of those of q, k and v that are wanted, of attention O = P·V, P = softmax(S), S = Q·Kᵀ·scale, of `g` like O. The map P is computed again
 * from Q and K when dO is there, one head after another (`after`), so that the forward pass keeps none and this one holds
 * one head's at a time:
 *
 *     dV = Pᵀ·dO    dS = P ∘ (dO·Vᵀ − D), D = rows' sums of dO ∘ O    dQ = dS·K·scale    dK = dSᵀ·Q·scale
 *
 * D is subtracted within the product, [dO, −D]·[V, 1]ᵀ: a map is too large to be gone through once more.
 */
export function attentionAdjoints(
  { q, k, v, heads, scale }: Extract<Op, { readonly kind: "attention" }>,
  out: Value,
  g: Value,
  wanted: readonly boolean[],
): readonly (Value | null)[] {
  const shifts = byHead(neg(sumByHead(mul(g, out), heads)), heads);
  const [qs, ks, vs] = [q, k, v].map((x) => byHead(after(x, g), heads)) as [
    readonly Value[],
    readonly Value[],
    readonly Value[],
  ];
  const gs = byHead(g, heads);
  const ones = filled([...v.shape.slice(0, 2), 1], 1);
  let done: readonly Value[] = [g];
  const adjoints = qs.map((query, head) => {
    const waiting = (x: Value): Value => done.reduce((later, token) => after(later, token), x);
    const [key, value, dO] = [ks[head]!, vs[head]!, waiting(gs[head]!)];
    const scaled = mul(waiting(query), scale);
    const map = softmax(matmul(scaled, turned(key)));
    const shifted = matmul(concat([dO, shifts[head]!], 2), turned(concat([value, ones], 2)));
    const dScores = mul(map, shifted);
    const adjointOf = [
      () => mul(matmul(dScores, key), scale),
      // Turned after the product: Q and dO are narrow, maps are not.
      () => turned(matmul(turned(scaled), dScores)),
      () => turned(matmul(turned(dO), map)),
    ];
    const ofHead = adjointOf.map((adjoint, i) => (wanted[i] ? adjoint() : null));
    done = ofHead.filter((adjoint) => adjoint !== null);
    return ofHead;
  });
  return wanted.map((is, i) =>
    is
      ? concat(
          adjoints.map((ofHead) => ofHead[i]!),
          2,
        )
      : null,
  );
}
