import { attendedCount } from "../frame-list.ts";
import { attention, type Dim, gather, mulDims, reshape, type Value } from "../graph/index.ts";
import type { AttentionSite, SpatialAttention } from "../model/index.ts";
import { type AttendRule, framesOfSite } from "./frames.ts";
import type { WordMapRecorder } from "./word-maps.ts";

/** What every way of computing spatial attention needs to know of its graph. */
export interface AttentionContext {
  readonly branches: Dim;
  readonly frames: Dim;
  /** Which blocks attend across frames, and to which: absolute numbers [frames, list length]. Null: no block does. */
  readonly attend: { readonly rule: AttendRule; readonly to: Value } | null;
  /** Whether every frame has a text of its own: keys and values of text are then [B·F, L, C]. */
  readonly textPerFrame: boolean;
}

/** Keys or values [B·F, N, C] of the frames that each frame attends to, side by side: [B·F, list·N, C]. */
export function gatherFrames(context: AttentionContext, site: AttentionSite, x: Value): Value {
  const { branches, frames, attend } = context;
  const count = attend ? attendedCount(framesOfSite(attend.rule, site.channels)) : 0;
  if (!attend || count === 0) return x;
  const [bf, n, c] = x.shape;
  const perFrame = reshape(x, [branches, frames, n!, c!]);
  return reshape(gather(perFrame, attend.to, 1), [bf!, mulDims(count, n!), c!]);
}

/** Queries by the text that they look at: all frames of a branch as one row of tokens where they share it, [B·F, N, C] → [B, F·N, C]. */
export function foldFrames(context: Omit<AttentionContext, "attend">, q: Value): Value {
  if (context.textPerFrame) return q;
  const [, n, c] = q.shape;
  return reshape(q, [context.branches, mulDims(context.frames, n!), c!]);
}

/** Attention of every branch by itself: for the inversion and for edit steps in which nothing is fused. */
export function plainAttention(context: AttentionContext, words: WordMapRecorder): SpatialAttention {
  return {
    self: (site, q, k, v) =>
      attention(q, gatherFrames(context, site, k), gatherFrames(context, site, v), site.heads),
    cross(site, q, k, v) {
      const { branches, frames } = context;
      const folded = foldFrames(context, q);
      words.record(site, folded, k, [branches, frames]);
      return reshape(attention(folded, k, v, site.heads), q.shape);
    },
  };
}
