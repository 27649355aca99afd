import { resultOf } from "../result.ts";
import type { Value } from "../value.ts";

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
