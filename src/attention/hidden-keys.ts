import {
  add,
  attention,
  concat,
  type Dim,
  divDims,
  mul,
  reshape,
  slice,
  type Value,
} from "../graph/index.ts";

/** What is taken off the score of a hidden key: its weight is 0 in single and in half precision. */
const HIDDEN = 1e4;

/** Every head of x [B, N, H·d] with a further feature, 0·x + `feature` (a number, or [B, N, 1, 1]): [B, N, H·(d+1)]. */
function withFeature(x: Value, heads: number, feature: Value | number): Value {
  const [batch, n, width] = x.shape as readonly [Dim, Dim, Dim];
  const d = divDims(width, heads) as number;
  const byHead = reshape(x, [batch, n, heads, d]);
  const added = add(mul(slice(byHead, 3, 0, 1), 0), feature);
  return reshape(concat([byHead, added], 3), [batch, n, heads * (d + 1)]);
}

/**
 * Attention that does not see some keys, softmax(QKᵀ/√d − ∞·hidden)·V per head: `hidden` [B, M, 1] is 1 where a key is not
 * seen. Where all keys are hidden all are seen. A further feature of queries and keys carries it, so that it is an attention
 * like any other to the runtime.
 */
export function attentionWithout(hidden: Value, q: Value, k: Value, v: Value, heads: number): Value {
  const d = (q.shape.at(-1) as number) / heads;
  const [batch, m] = hidden.shape as readonly [Dim, Dim];
  const off = mul(reshape(hidden, [batch, m, 1, 1]), -HIDDEN);
  return attention(withFeature(q, heads, 1), withFeature(k, heads, off), v, heads, 1 / Math.sqrt(d));
}
