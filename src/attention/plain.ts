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
}

/** Keys or values [B·F, N, C] of the frames that each frame attends to, side by side: [B·F, list·N, C]. */
export function gatherFrames(context: AttentionContext, site: AttentionSite, x: Value): Value {
  const { branches, frames, attend } = context;
  const list = attend ? framesOfSite(attend.rule, site.channels) : [];
  if (!attend || list.length === 0) return x;
  const [bf, n, c] = x.shape;
  const perFrame = reshape(x, [branches, frames, n!, c!]);
  return reshape(gather(perFrame, attend.to, 1), [bf!, mulDims(list.length, n!), c!]);
}

/** All frames' queries of a branch as one row of tokens, since they share the prompt: [B·F, N, C] → [B, F·N, C]. */
export function foldFrames(branches: Dim, frames: Dim, q: Value): Value {
  const [, n, c] = q.shape;
  return reshape(q, [branches, mulDims(frames, n!), c!]);
}

/** Attention of every branch by itself: for the inversion and for edit steps in which nothing is fused. */
export function plainAttention(context: AttentionContext, words: WordMapRecorder): SpatialAttention {
  return {
    self: (site, q, k, v) =>
      attention(q, gatherFrames(context, site, k), gatherFrames(context, site, v), site.heads),
    cross(site, q, k, v) {
      const { branches, frames } = context;
      const folded = foldFrames(branches, frames, q);
      words.record(site, folded, k, [branches, frames]);
      return reshape(attention(folded, k, v, site.heads), q.shape);
    },
  };
}
