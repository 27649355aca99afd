import { divDims, equalDims, formatDims, mulDims } from "../dim.ts";
import { GraphShapeError } from "../errors.ts";
import type { Value } from "../value.ts";

/** Softmax over the last axis. */
export function softmax(x: Value): Value {
  return { op: { kind: "softmax", x }, dtype: x.dtype, shape: x.shape };
}

/**
 * Multi-head attention, softmax(QKᵀ·scale)·V per head: q [B, N, H·d], k [B, M, H·d], v [B, M, H·e] → [B, N, H·e].
 * The value width e may differ from d. `scale` defaults to 1/√d.
 */
export function attention(q: Value, k: Value, v: Value, heads: number, scale?: number): Value {
  const [b, n, width] = q.shape;
  const fits =
    q.shape.length === 3 &&
    k.shape.length === 3 &&
    v.shape.length === 3 &&
    equalDims(k.shape[0]!, b!) &&
    equalDims(v.shape[0]!, b!) &&
    equalDims(k.shape[1]!, v.shape[1]!) &&
    equalDims(k.shape[2]!, width!) &&
    typeof width === "number" &&
    width % heads === 0 &&
    divDims(v.shape[2]!, heads) !== null;
  if (!fits) {
    throw new GraphShapeError(
      `attention with ${heads} heads: q ${formatDims(q.shape)}, k ${formatDims(k.shape)}, v ${formatDims(v.shape)}`,
    );
  }
  return {
    op: { kind: "attention", q, k, v, heads, scale: scale ?? 1 / Math.sqrt(width / heads) },
    dtype: q.dtype,
    shape: [b!, n!, mulDims(v.shape[2]!, 1)],
  };
}
