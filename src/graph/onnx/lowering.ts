import { applyMap, attentionMap } from "../ops/attention.ts";
import type { Op, Value } from "../value.ts";

/** Devices that graphs run on. A new one is a compile error in every table that needs an entry for it. */
export const DEVICES = ["cpu"] as const;
export type Device = (typeof DEVICES)[number];

type Attention = Extract<Op, { readonly kind: "attention" }>;

/**
 * Ways to compute attention: ONNX Runtime's fused op, or what takes its place: products and a softmax, for devices whose
 * fused op is wrong.
 */
const ATTENTION = {
  fused: () => null,
  explicit: ({ q, k, v, heads, scale }) => applyMap(attentionMap(q, k, heads, { scale }), v),
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
