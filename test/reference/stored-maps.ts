/**
 * Attention fusion as the paper describes it: the maps of source and edit are computed in full, blended, and multiplied
 * by V. Far too big for real work; it is what the fusion without maps is held against.
 */
import {
  type AttentionContext,
  gatherFrames,
  type MaskName,
  maskName,
  type SelfFusion,
} from "../../src/attention/index.ts";
import {
  add,
  applyMap,
  attention,
  attentionMap,
  concat,
  type Dim,
  matmul,
  mul,
  reshape,
  slice,
  sub,
  type Value,
} from "../../src/graph/index.ts";
import type { AttentionSite, SpatialAttention } from "../../src/model/index.ts";

/** Is told of the maps [F, heads, N, M] of fused blocks: the source's, and the edit's own before fusion. */
export type MapListener = (
  site: AttentionSite,
  kind: "self" | "cross",
  stage: "source" | "pre",
  map: Value,
) => void;

export interface StoredMapOptions {
  readonly self: SelfFusion;
  /** Other blocks keep their own attention, self and cross, and their maps are not told of. */
  readonly fuses: (site: AttentionSite) => boolean;
  /** Replacement matrix A [L, L] and keep vector b [L]. */
  readonly replace: Value;
  readonly keep: Value;
  /** No query of the edit sees keys inside the mask. */
  readonly hides?: boolean;
  /** Self-attention masks of the levels [F, positions], for `self: "masked"`. */
  readonly masks: { readonly [mask: MaskName]: Value };
}

const ignore: MapListener = () => {};

/** The branches of [B·F, …] one by one, each [F, …]. */
function byBranch(x: Value, branches: number, frames: Dim): Value[] {
  const rest = x.shape.slice(1);
  const all = reshape(x, [branches, frames, ...rest]);
  return Array.from({ length: branches }, (_, i) => reshape(slice(all, 0, i, i + 1), [frames, ...rest]));
}

/** Attention of the source alone, with its maps told: the released code's inversion. One branch. */
export function sourceMapAttention(
  context: AttentionContext,
  tells: (site: AttentionSite) => boolean,
  listener: MapListener,
): SpatialAttention {
  return {
    self(site, q, k, v) {
      const [keys, values] = [gatherFrames(context, site, k), gatherFrames(context, site, v)];
      if (!tells(site)) return attention(q, keys, values, site.heads);
      const map = attentionMap(q, keys, site.heads);
      listener(site, "self", "source", map);
      return applyMap(map, values);
    },
    cross(site, q, k, v) {
      const map = attentionMap(q, k, site.heads);
      if (tells(site)) listener(site, "cross", "source", map);
      return applyMap(map, v);
    },
  };
}

/** A fused edit step; the batch holds the branches source, (unconditional,) edit. */
export function storedMapAttention(
  context: AttentionContext & { readonly branches: number },
  options: StoredMapOptions,
  listener: MapListener = ignore,
): SpatialAttention {
  const { branches, frames } = context;
  const maskOf = (level: number, positions: Dim): Value =>
    reshape(options.masks[maskName(level)]!, [frames, 1, positions, 1]);
  const join = (outputs: readonly Value[], shape: readonly Dim[]): Value =>
    reshape(concat(outputs, 0), shape);

  /** The same with −∞ on the scores of hidden keys, and in every block. */
  const hiding: SpatialAttention["self"] = (site, q, k, v) => {
    const gathered = [q, gatherFrames(context, site, k), gatherFrames(context, site, v)] as const;
    const [qs, ks, vs] = gathered.map((x) => byBranch(x, branches, frames)) as [Value[], Value[], Value[]];
    const positions = q.shape[1]!;
    const inside = reshape(options.masks[maskName(site.level)]!, [frames, positions, 1]);
    const hidden = gatherFrames({ ...context, branches: 1 }, site, inside);
    const mask = mul(reshape(hidden, [frames, 1, 1, hidden.shape[1]!]), -1e9);
    const maps = qs.map((query, i) =>
      attentionMap(query, ks[i]!, site.heads, i < branches - 1 ? {} : { mask }),
    );
    const lent = attentionMap(qs[0]!, ks[0]!, site.heads, { mask });
    const own = maps.at(-1)!;
    const fuses = options.self !== "none" && options.fuses(site);
    const blended = add(lent, mul(maskOf(site.level, positions), sub(own, lent)));
    const edit = !fuses ? own : options.self === "full" ? lent : blended;
    return join(
      [...maps.slice(0, -1), edit].map((map, i) => applyMap(map, vs[i]!)),
      q.shape,
    );
  };

  return {
    self(site, q, k, v) {
      if (options.hides) return hiding(site, q, k, v);
      const gathered = [q, gatherFrames(context, site, k), gatherFrames(context, site, v)] as const;
      if (!options.fuses(site)) return attention(...gathered, site.heads);
      const [qs, ks, vs] = gathered.map((x) => byBranch(x, branches, frames)) as [Value[], Value[], Value[]];
      const maps = qs.map((query, i) => attentionMap(query, ks[i]!, site.heads));
      const source = maps[0]!;
      const own = maps.at(-1)!;
      let fused = own;
      if (options.self === "full") fused = source;
      if (options.self === "masked")
        fused = add(source, mul(maskOf(site.level, q.shape[1]!), sub(own, source)));
      listener(site, "self", "source", source);
      listener(site, "self", "pre", own);
      return join(
        [...maps.slice(0, -1), fused].map((map, i) => applyMap(map, vs[i]!)),
        q.shape,
      );
    },
    cross(site, q, k, v) {
      const queries = byBranch(q, branches, frames);
      const of = (x: Value, branch: number): Value => slice(x, 0, branch, branch + 1);
      const maps = queries.map((query, i) => attentionMap(query, of(k, i), site.heads));
      let fused = maps.at(-1)!;
      if (options.fuses(site)) {
        const source = maps[0]!;
        listener(site, "cross", "source", source);
        listener(site, "cross", "pre", fused);
        fused = add(matmul(source, options.replace), mul(fused, options.keep));
      }
      return join(
        [...maps.slice(0, -1), fused].map((map, i) => applyMap(map, of(v, i))),
        q.shape,
      );
    },
  };
}
