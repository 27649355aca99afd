import {
  add,
  attention,
  concat,
  type Dim,
  divDims,
  matmul,
  mul,
  mulDims,
  type Port,
  port,
  reshape,
  slice,
  split,
  sub,
  type Value,
} from "../graph/index.ts";
import type { AttentionSite, SpatialAttention } from "../model/index.ts";
import { attentionWithout } from "./hidden-keys.ts";
import { type AttentionContext, foldFrames, gatherFrames } from "./plain.ts";
import { compose, type RegionOptions, textRow, textRows, unseenName } from "./regions.ts";
import { enterSource, levelPositions, type SourceName } from "./source-states.ts";
import type { WordMapRecorder } from "./word-maps.ts";

/** The input that holds the self-attention mask of a resolution level. */
export type MaskName = `mask${number}`;

export const maskName = (level: number): MaskName => `mask${level}`;

/** Ports [frames, positions of the level] of masks for latents [B, F, C, h, w]: 1 where the edit keeps its own attention. */
export function maskPorts(
  levels: readonly number[],
  latents: Port,
): { readonly [mask: MaskName]: Port<"float32"> } {
  const at = (level: number): Port<"float32"> => port([latents.shape[1]!, levelPositions(latents, level)]);
  return Object.fromEntries(levels.map((level) => [maskName(level), at(level)]));
}

/** What self-attention of the edit takes from the source: nothing, all of its maps, or those outside a mask. */
export type SelfFusion = "none" | "full" | "masked";

export interface FusionOptions {
  readonly self: SelfFusion;
  /** Whether a block's attention is fused (the released code fuses blocks of at most 1024 positions). */
  readonly fuses: (site: AttentionSite) => boolean;
  /**
   * The path of the block after which nothing is taken from the source: its cross-attention leaves the source's branch
   * out, and those behind it are asked for the others alone. @default null: the source's branch is computed to the end
   */
  readonly lastUse?: string | null;
  /** Hidden states [F, N, C] of the source that enter the fused blocks; its branch is nowhere else. @default null: it is computed */
  readonly source?: { readonly [states: SourceName]: Value } | null;
  /** Replacement matrix A [L, L] and keep vector b [L] of this step (EditPlan). */
  readonly replace: Value;
  readonly keep: Value;
  /**
   * Whether what lies inside the mask is hidden: no query of the edit sees its keys, in any block. The
   * unconditional branch does: guidance then leads away from it (docs/removal.md). @default false
   */
  readonly hides?: boolean;
  /** Masks [F, positions] of the levels that have fused blocks, for `self: "masked"`; of all levels where it hides. */
  readonly masks: { readonly [mask: MaskName]: Value };
  /** Parts of the picture whose queries see a text of their own; null where the whole sees one. @default null */
  readonly regions?: RegionOptions | null;
}

/** Values of several sources side by side within each head, so that one attention call serves all: [B, M, H·n·d]. */
function sideBySide(values: readonly Value[], heads: number): Value {
  const [batch, m, width] = values[0]!.shape;
  const headWidth = (width as number) / heads;
  const byHead = values.map((x) => reshape(x, [batch!, m!, heads, headWidth]));
  return reshape(concat(byHead, 3), [batch!, m!, values.length * (width as number)]);
}

/** Undoes `sideBySide` on an attention output. */
function apart(x: Value, heads: number, count: number): readonly Value[] {
  const [batch, n, width] = x.shape;
  const parts = split(reshape(x, [batch!, n!, heads, (width as number) / heads]), 3, count);
  return parts.map((part) => reshape(part, [batch!, n!, (width as number) / count]));
}

/**
 * Attention fusion (paper Eq. 7 and Alg. 2) without attention maps. The batch holds the branches source, (unconditional,)
 * edit. Every blend of maps in the method is linear, and a map only ever meets V, so with M the mask
 *
 *     self:  out_edit = M ⊙ Attn(Q_e, K_e, V_e) + (1 − M) ⊙ Attn(Q_s, K_s, V_e)
 *     cross: out_edit = Attn(Q_s, K_src, A·V_edit) + Attn(Q_e, K_edit, b ⊙ V_edit)
 *
 * and the source's own output comes out of the same call as what it lends to the edit. Behind the last block that is fused it
 * lends nothing, and its branch ends there. Where there are regions, the queries of
 * each see its own target prompt (regions.ts). Where the mask hides what is inside,
 * both attentions of the edit are without its keys: the area is filled from its surroundings.
 */
export function fusedAttention(
  all: AttentionContext & { readonly branches: number },
  options: FusionOptions,
  words: WordMapRecorder,
): SpatialAttention {
  const { frames, textPerFrame } = all;
  const { regions = null, lastUse = null, source = null } = options;
  const composeRegions = (site: AttentionSite, parts: readonly Value[]): Value =>
    regions ? compose(regions, all, site, parts) : parts[0]!;

  const maskOf = (level: number, positions: Dim): Value =>
    reshape(options.masks[maskName(level)]!, [frames, positions, 1]);
  /** The branches that a block is asked for: all, or those without the source. */
  const branchesOf = (q: Value): number => divDims(q.shape[0]!, frames) as number;
  /** One branch of [B·F, …]: [F, …]. */
  const at = (x: Value, branch: number): Value => {
    const rest = x.shape.slice(1);
    const sliced = slice(reshape(x, [branchesOf(x), frames, ...rest]), 0, branch, branch + 1);
    return reshape(sliced, [frames, ...rest]);
  };

  /** What the edit takes from the source, and inside the mask its own. */
  const fuse = (replaced: Value, own: () => Value, mask: () => Value): Value =>
    options.self === "full" ? replaced : add(replaced, mul(mask(), sub(own(), replaced)));

  /** The edit's attention for the queries of each region, which do not see what is alike outside of it. */
  const partsOf = (
    site: AttentionSite,
    q: Value,
    keys: Value,
    values: Value,
    mask: (() => Value) | null,
  ): readonly Value[] =>
    (regions?.fusions ?? []).map((_, r) => {
      const last = branchesOf(q) - 1;
      const unseen = slice(regions!.unseen[unseenName(site.level)]!, 2, r, r + 1);
      const hidden = gatherFrames({ ...all, branches: 1 }, site, unseen);
      const seen = (asking: number): Value =>
        attentionWithout(hidden, at(q, asking), at(keys, asking), at(values, last), site.heads);
      return mask ? fuse(seen(0), () => seen(last), mask) : seen(last);
    });

  return {
    ...(source ? { enter: enterSource(source) } : {}),
    self(site, q, k, v) {
      const context = { ...all, branches: branchesOf(q) };
      const last = context.branches - 1;
      const keys = gatherFrames(context, site, k);
      const values = gatherFrames(context, site, v);
      const { heads } = site;
      const fuses = options.self !== "none" && options.fuses(site);
      if (!fuses && !options.hides && !regions) return attention(q, keys, values, heads);
      const own = (branch: number): Value =>
        attention(at(q, branch), at(keys, branch), at(values, branch), heads);
      /** The branches before the edit, each by itself. */
      const others = (from: number): readonly Value[] =>
        Array.from({ length: last - from }, (_, i) => own(from + i));
      const mask = (): Value => maskOf(site.level, q.shape[1]!);
      if (options.hides) {
        const hidden = gatherFrames({ ...all, branches: 1 }, site, mask());
        const seen = (asking: number, lending: number): Value =>
          attentionWithout(hidden, at(q, asking), at(keys, asking), at(values, lending), heads);
        const edit = fuses ? fuse(seen(0, last), () => seen(last, last), mask) : seen(last, last);
        return concatBranches([...others(0), edit], q.shape);
      }
      if (!fuses) {
        const edit = composeRegions(site, [own(last), ...partsOf(site, q, keys, values, null)]);
        return concatBranches([...others(0), edit], q.shape);
      }
      const lent = attention(
        at(q, 0),
        at(keys, 0),
        sideBySide([at(values, 0), at(values, last)], heads),
        heads,
      );
      const [lender, replaced] = apart(lent, heads, 2);
      const whole = fuse(replaced!, () => own(last), mask);
      const edit = composeRegions(site, [whole, ...partsOf(site, q, keys, values, mask)]);
      return concatBranches([lender!, ...others(1), edit], q.shape);
    },
    cross(site, q, k, v) {
      const { heads } = site;
      const context = { ...all, branches: branchesOf(q) };
      const last = context.branches - 1;
      const folded = foldFrames(context, q);
      const asking = (branch: number): Value =>
        textPerFrame ? at(folded, branch) : slice(folded, 0, branch, branch + 1);
      const withoutSource = all.branches - context.branches;
      const text = (x: Value, row: number): Value => textRow(context, x, withoutSource + row);
      words.record(site, asking(last), text(k, last), [1, frames]);
      const fuses = options.fuses(site);
      if (!fuses && !regions) {
        const [keys, values] = [k, v].map((x) => textRows(context, x, withoutSource, all.branches));
        return reshape(attention(folded, keys!, values!, heads), q.shape);
      }
      // The edit's text, then those of the regions.
      const texts = [last, ...(regions?.fusions ?? []).map((_, r) => last + 1 + r)];
      const alone = (branch: number, of: Value = text(v, branch)): Value =>
        attention(asking(Math.min(branch, last)), text(k, branch), of, heads);
      const others = (from: number): readonly Value[] =>
        Array.from({ length: last - from }, (_, i) => alone(from + i));
      if (!fuses) {
        const edit = composeRegions(
          site,
          texts.map((row) => alone(row)),
        );
        return concatBranches([...others(0), edit], q.shape);
      }
      const fusions = [options, ...(regions?.fusions ?? [])];
      const edited = texts.map((row) => text(v, row));
      const lent = [
        ...(source || site.path === lastUse ? [] : [text(v, 0)]),
        ...edited.map((of, i) => matmul(fusions[i]!.replace, of)),
      ];
      const given = apart(
        attention(asking(0), text(k, 0), sideBySide(lent, heads), heads),
        heads,
        lent.length,
      );
      const lender = given.slice(0, -texts.length);
      const replaced = given.slice(-texts.length);
      const length = v.shape[1]!;
      const fused = edited.map((of, i) =>
        add(replaced[i]!, alone(texts[i]!, mul(of, reshape(fusions[i]!.keep, [length, 1])))),
      );
      return concatBranches([...lender, ...others(1), composeRegions(site, fused)], q.shape);
    },
  };
}

/** Branches as one batch, laid out like [B·F, N, C], without those that are not among them. */
function concatBranches(parts: readonly Value[], [, n, width]: readonly Dim[]): Value {
  const joined = concat(parts, 0);
  const [rows, length] = joined.shape as readonly [Dim, Dim];
  return reshape(joined, [divDims(mulDims(rows, length), n!)!, n!, width!]);
}
