import { type Dim, divDims, mulDims } from "../dim.ts";
import { applyMap, attention, attentionMap } from "../ops/attention.ts";
import { concat, pad, reshape, slice } from "../ops/layout.ts";
import type { Op, Value } from "../value.ts";

type AttentionOp = Extract<Op, { readonly kind: "attention" }>;

/** Parts into which queries are cut where their number divides: a map of all of them takes gigabytes at 4096 positions. */
const MOST_PARTS = 16;

/** How many parts positions can be cut into: a power of two that divides their number whatever the symbols are. */
function partsOf(positions: Dim): number {
  if (typeof positions === "number") return 1;
  let parts = 1;
  while (parts < MOST_PARTS && divDims(positions, parts * 2) !== null) parts *= 2;
  return parts;
}

/** Products and a softmax, one part of the queries after another. */
export function explicitAttention({ q, k, v, heads, scale }: AttentionOp): Value {
  const [b, n, width] = q.shape as readonly [Dim, Dim, Dim];
  const attend = (queries: Value): Value => applyMap(attentionMap(queries, k, heads, { scale }), v);
  const parts = partsOf(n);
  if (parts === 1) return attend(q);
  const part = divDims(n, parts)!;
  const cut = reshape(q, [b, parts, part, width]);
  const done = Array.from({ length: parts }, (_, i) =>
    attend(reshape(slice(cut, 1, i, i + 1), [b, part, width])),
  );
  const whole = concat(
    done.map((out) => reshape(out, [b, 1, part, v.shape[2]!])),
    1,
  );
  return reshape(whole, [b, mulDims(parts, part), v.shape[2]!]);
}

/** The fused op for values as wide as the keys: wider ones are cut into pieces, of which the last is filled up with zeros. */
export function attentionInPieces({ q, k, v, heads, scale }: AttentionOp): Value | null {
  const [b, m, valueWidth] = v.shape as readonly [Dim, Dim, number];
  const d = (q.shape[2] as number) / heads;
  const e = valueWidth / heads;
  if (e === d) return null;
  const byHead = reshape(v, [b, m, heads, e]);
  const pieces = Array.from({ length: Math.ceil(e / d) }, (_, i) => {
    const [start, end] = [i * d, Math.min(e, (i + 1) * d)];
    const piece = pad(slice(byHead, 3, start, end), 3, 0, d - (end - start));
    const out = attention(q, k, reshape(piece, [b, m, heads * d]), heads, scale);
    const [rows, n] = out.shape as readonly [Dim, Dim];
    return slice(reshape(out, [rows, n, heads, d]), 3, 0, end - start);
  });
  const joined = concat(pieces, 3);
  return reshape(joined, [joined.shape[0]!, joined.shape[1]!, valueWidth]);
}
