import { divDims } from "../dim.ts";
import { softmax } from "../ops/attention.ts";
import { mul } from "../ops/elementwise.ts";
import { reshape, transpose } from "../ops/layout.ts";
import { matmul } from "../ops/product.ts";
import type { Op, Value } from "../value.ts";

/** Devices that graphs run on. A new one is a compile error in every table that needs an entry for it. */
export const DEVICES = ["cpu"] as const;
export type Device = (typeof DEVICES)[number];

/** Multi-head attention as the graph has it: q [B, N, H·d], k [B, M, H·d], v [B, M, H·e] → [B, N, H·e]. */
type Attention = Extract<Op, { readonly kind: "attention" }>;

/** The same as matrix products and a softmax per head, for devices whose fused op is wrong. */
function explicitAttention({ q, k, v, heads, scale }: Attention): Value {
  const byHead = (x: Value, axes: readonly number[]): Value => {
    const [b, n, width] = x.shape;
    return transpose(reshape(x, [b!, n!, heads, divDims(width!, heads)!]), axes);
  };
  const scores = mul(matmul(byHead(q, [0, 2, 1, 3]), byHead(k, [0, 2, 3, 1])), scale);
  const out = transpose(matmul(softmax(scores), byHead(v, [0, 2, 1, 3])), [0, 2, 1, 3]);
  return reshape(out, [q.shape[0]!, q.shape[1]!, v.shape[2]!]);
}

/** Ways to compute attention: ONNX Runtime's fused op, or values that take its place. */
const ATTENTION = {
  fused: () => null,
  explicit: explicitAttention,
} satisfies Record<string, (op: Attention) => Value | null>;

/** How the ops that can be computed in several ways are computed. */
export interface Lowering {
  readonly attention: keyof typeof ATTENTION;
}

/** What is right and fastest on each device. */
export const LOWERINGS = { cpu: { attention: "fused" } } satisfies Record<Device, Lowering>;

/** The value that takes another's place in a lowering; null where that stays as it is. */
export function rewrite({ op }: Value, lowering: Lowering): Value | null {
  return op.kind === "attention" ? ATTENTION[lowering.attention](op) : null;
}
