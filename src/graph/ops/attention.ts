import { divDims, formatDims } from "../dim.ts";
import { GraphShapeError } from "../errors.ts";
import { resultOf } from "../result.ts";
import type { Value } from "../value.ts";
import { add, mul } from "./arithmetic.ts";
import { reshape, transpose } from "./layout.ts";
import { matmul } from "./product.ts";

/** Softmax over the last axis. */
export function softmax(x: Value): Value {
  return resultOf({ kind: "softmax", x });
}

/**
 * Multi-head attention, softmax(QKᵀ·scale)·V per head: q [B, N, H·d], k [B, M, H·d], v [B, M, H·e] → [B, N, H·e].
 * The value width e may differ from d. `scale` defaults to 1/√d.
 */
export function attention(q: Value, k: Value, v: Value, heads: number, scale?: number): Value {
  const width = q.shape.at(-1) as number;
  return resultOf({ kind: "attention", q, k, v, heads, scale: scale ?? 1 / Math.sqrt(width / heads) });
}

/** [B, N, H·d] with its axes B, N, H, d in another order. */
function byHead(x: Value, heads: number, axes: readonly number[]): Value {
  const [b, n, width] = x.shape;
  const perHead = x.shape.length === 3 ? divDims(width!, heads) : null;
  if (perHead === null)
    throw new GraphShapeError(
      `attention map with ${heads} heads: ${formatDims(x.shape)} is not [B, N, heads·d]`,
    );
  return transpose(reshape(x, [b!, n!, heads, perHead]), axes);
}

/**
 * The map of explicit attention, softmax(QKᵀ·scale + mask) per head: q [B, N, H·d], k [B or 1, M, H·d], mask [N, M] →
 * [B, H, N, M]. `scale` defaults to 1/√d, `mask` to none.
 */
export function attentionMap(
  q: Value,
  k: Value,
  heads: number,
  { scale, mask }: { readonly scale?: number; readonly mask?: Value } = {},
): Value {
  const width = q.shape.at(-1) as number;
  const products = matmul(byHead(q, heads, [0, 2, 1, 3]), byHead(k, heads, [0, 2, 3, 1]));
  const scores = mul(products, scale ?? 1 / Math.sqrt(width / heads));
  return softmax(mask ? add(scores, mask) : scores);
}

/** What an attention map takes of the values: map [B, H, N, M], v [B or 1, M, H·e] → [B, N, H·e]. */
export function applyMap(map: Value, v: Value): Value {
  const [b, heads, n] = map.shape;
  const out = matmul(map, byHead(v, heads as number, [0, 2, 1, 3]));
  return reshape(transpose(out, [0, 2, 1, 3]), [b!, n!, v.shape[2]!]);
}
