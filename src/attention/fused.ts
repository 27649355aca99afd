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
import { compose, type RegionOptions, textRow, unseenName } from "./regions.ts";
import type { WordMapRecorder } from "./word-maps.ts";

/** The input that holds the self-attention mask of a resolution level. */
export type MaskName = `mask${number}`;

export const maskName = (level: number): MaskName => `mask${level}`;

/** Ports [frames, positions of the level] of masks for latents [B, F, C, h, w]: 1 where the edit keeps its own attention. */
export function maskPorts(
  levels: readonly number[],
  { shape: [, frames, , height, width] }: Port,
): { readonly [mask: MaskName]: Port<"float32"> } {
  const at = (level: number): Port<"float32"> =>
    port([frames!, mulDims(divDims(height!, 2 ** level)!, divDims(width!, 2 ** level)!)]);
  return Object.fromEntries(levels.map((level) => [maskName(level), at(level)]));
}

/** What self-attention of the edit takes from the source: nothing, all of its maps, or those outside a mask. */
export type SelfFusion = "none" | "full" | "masked";

export interface FusionOptions {
  readonly self: SelfFusion;
  /** Whether a block's attention is fused (the released code fuses blocks of at most 1024 positions). */
  readonly fuses: (site: AttentionSite) => boolean;
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
 * and the source's own output comes out of the same call as what it lends to the edit. Where there are regions, the queries of
 * each see its own target prompt (regions.ts). Where the mask hides what is inside,
 * both attentions of the edit are without its keys: the area is filled from its surroundings.
 */
export function fusedAttention(
  context: AttentionContext & { readonly branches: number },
  options: FusionOptions,
  words: WordMapRecorder,
): SpatialAttention {
  const { branches, frames, textPerFrame } = context;
  const { regions = null } = options;
  const last = branches - 1;
  const composeRegions = (site: AttentionSite, parts: readonly Value[]): Value =>
    regions ? compose(regions, context, site, parts) : parts[0]!;

  const maskOf = (level: number, positions: Dim): Value =>
    reshape(options.masks[maskName(level)]!, [frames, positions, 1]);
  /** The branches of [B·F, …] as separate values [F, …]. */
  const part = (x: Value, from: number, to: number): Value => {
    const rest = x.shape.slice(1);
    const sliced = slice(reshape(x, [branches, frames, ...rest]), 0, from, to);
    return to - from === 1 ? reshape(sliced, [frames, ...rest]) : sliced;
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
      const unseen = slice(regions!.unseen[unseenName(site.level)]!, 2, r, r + 1);
      const hidden = gatherFrames({ ...context, branches: 1 }, site, unseen);
      const at = (x: Value, branch: number): Value => part(x, branch, branch + 1);
      const seen = (asking: number): Value =>
        attentionWithout(hidden, at(q, asking), at(keys, asking), at(values, last), site.heads);
      return mask ? fuse(seen(0), () => seen(last), mask) : seen(last);
    });

  return {
    self(site, q, k, v) {
      const keys = gatherFrames(context, site, k);
      const values = gatherFrames(context, site, v);
      const { heads } = site;
      const fuses = options.self !== "none" && options.fuses(site);
      if (!fuses && !options.hides && !regions) return attention(q, keys, values, heads);
      const at = (x: Value, branch: number): Value => part(x, branch, branch + 1);
      const own = (branch: number): Value =>
        attention(at(q, branch), at(keys, branch), at(values, branch), heads);
      const mask = (): Value => maskOf(site.level, q.shape[1]!);
      if (options.hides) {
        const hidden = gatherFrames({ ...context, branches: 1 }, site, mask());
        const seen = (asking: number, lending: number): Value =>
          attentionWithout(hidden, at(q, asking), at(keys, asking), at(values, lending), heads);
        const rest = branches === 3 ? [own(1)] : [];
        return concatBranches(
          [own(0), ...rest, fuses ? fuse(seen(0, last), () => seen(last, last), mask) : seen(last, last)],
          q.shape,
        );
      }
      if (!fuses) {
        const edit = composeRegions(site, [own(last), ...partsOf(site, q, keys, values, null)]);
        return concatBranches([own(0), ...(branches === 3 ? [own(1)] : []), edit], q.shape);
      }
      const lent = attention(
        at(q, 0),
        at(keys, 0),
        sideBySide([at(values, 0), at(values, last)], heads),
        heads,
      );
      const [source, replaced] = apart(lent, heads, 2);
      const whole = fuse(replaced!, () => own(last), mask);
      const edit = composeRegions(site, [whole, ...partsOf(site, q, keys, values, mask)]);
      return concatBranches([source!, ...(branches === 3 ? [own(1)] : []), edit], q.shape);
    },
    cross(site, q, k, v) {
      const { heads } = site;
      const folded = foldFrames(context, q);
      const asking = (branch: number): Value =>
        textPerFrame ? part(folded, branch, branch + 1) : slice(folded, 0, branch, branch + 1);
      const text = (x: Value, row: number): Value => textRow(context, x, row);
      words.record(site, asking(last), text(k, last), [1, frames]);
      const fuses = options.fuses(site);
      if (!fuses && !regions) return reshape(attention(folded, k, v, heads), q.shape);
      // The edit's text, then those of the regions.
      const texts = [last, ...(regions?.fusions ?? []).map((_, r) => last + 1 + r)];
      const alone = (branch: number, of: Value = text(v, branch)): Value =>
        attention(asking(Math.min(branch, last)), text(k, branch), of, heads);
      const free = branches === 3 ? [alone(1)] : [];
      if (!fuses) {
        const edit = composeRegions(
          site,
          texts.map((row) => alone(row)),
        );
        return concatBranches([alone(0), ...free, edit], q.shape);
      }
      const fusions = [options, ...(regions?.fusions ?? [])];
      const edited = texts.map((row) => text(v, row));
      const lent = attention(
        asking(0),
        text(k, 0),
        sideBySide([text(v, 0), ...edited.map((of, i) => matmul(fusions[i]!.replace, of))], heads),
        heads,
      );
      const [source, ...replaced] = apart(lent, heads, 1 + texts.length);
      const length = v.shape[1]!;
      const fused = edited.map((of, i) =>
        add(replaced[i]!, alone(texts[i]!, mul(of, reshape(fusions[i]!.keep, [length, 1])))),
      );
      return concatBranches([source!, ...free, composeRegions(site, fused)], q.shape);
    },
  };
}

function concatBranches(parts: readonly Value[], shape: readonly Dim[]): Value {
  return reshape(concat(parts, 0), shape);
}
