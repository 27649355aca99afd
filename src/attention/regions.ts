import {
  add,
  type Dim,
  divDims,
  mul,
  mulDims,
  type Port,
  port,
  reshape,
  slice,
  sub,
  type Value,
} from "../graph/index.ts";
import type { AttentionSite } from "../model/index.ts";
import type { AttentionContext } from "./plain.ts";
import { levelPositions } from "./source-states.ts";

/** The input that holds the share of each region in the positions of a resolution level. */
type RegionName = `regions${number}`;
/** The input that holds what the queries of each region do not see. */
type UnseenName = `unseen${number}`;

export const regionName = (level: number): RegionName => `regions${level}`;
export const unseenName = (level: number): UnseenName => `unseen${level}`;

/** What a region's cross-attention takes from the source's: A [L, L] and b [L] of its own prompt. */
interface RegionFusion {
  readonly replace: Value;
  readonly keep: Value;
}

/** Parts of the picture with a target prompt each. */
export interface RegionOptions {
  /** By region, in the order of their texts, which follow those of the branches. */
  readonly fusions: readonly RegionFusion[];
  /** Shares [F, positions, R] of the regions, all levels; what they leave of 1 sees the edit's own text. */
  readonly shares: { readonly [level: RegionName]: Value };
  /** 1 at the positions [F, positions, R] whose keys and values the queries of a region do not see, all levels. */
  readonly unseen: { readonly [level: UnseenName]: Value };
}

/** Ports of `count` regions for latents [B, F, C, h, w]: shares by level, and A [R, L, L] and b [R, L] of their prompts. */
export type RegionPorts = {
  readonly regionReplace?: Port<"float32">;
  readonly regionKeep?: Port<"float32">;
} & { readonly [level: RegionName | UnseenName]: Port<"float32"> };

export function regionPorts(
  count: number,
  levels: readonly number[],
  length: number,
  latents: Port,
): RegionPorts {
  if (count === 0) return {};
  return {
    regionReplace: port([count, length, length]),
    regionKeep: port([count, length]),
    ...Object.fromEntries(
      levels.flatMap((level) =>
        [regionName(level), unseenName(level)].map((name) => [
          name,
          port([latents.shape[1]!, levelPositions(latents, level), count]),
        ]),
      ),
    ),
  };
}

/** One region's row of a tensor [R, …]. */
export function rowOf(x: Value, region: number): Value {
  return reshape(slice(x, 0, region, region + 1), x.shape.slice(1));
}

/** Keys or values of some texts, [texts, L, C], or of each frame's own [texts·F, L, C]. */
export function textRows(
  { frames, textPerFrame }: AttentionContext,
  x: Value,
  from: number,
  to: number,
): Value {
  if (!textPerFrame) return slice(x, 0, from, to);
  const [rows, length, width] = x.shape as readonly [Dim, Dim, Dim];
  const byRow = reshape(x, [divDims(rows, frames)!, frames, length, width]);
  return reshape(slice(byRow, 0, from, to), [mulDims(to - from, frames), length, width]);
}

/** Keys or values of one text, [1, L, C], or of each frame's own [F, L, C]. */
export const textRow = (context: AttentionContext, x: Value, row: number): Value =>
  textRows(context, x, row, row + 1);

/**
 * The attention of a picture in parts: that of the rest, and those of the regions, each where the region is. `parts` are
 * alike, all frames of a branch as one row of tokens or each by itself.
 */
export function compose(
  { shares }: RegionOptions,
  { frames }: AttentionContext,
  site: AttentionSite,
  [rest, ...regions]: readonly Value[],
): Value {
  const share = shares[regionName(site.level)]!;
  const positions = share.shape[1]!;
  return regions.reduce((whole, part, r) => {
    const [rows, n] = part.shape as readonly [Dim, Dim];
    const own = reshape(slice(share, 2, r, r + 1), rows === 1 ? [1, n, 1] : [frames, positions, 1]);
    return add(whole, mul(own, sub(part, rest!)));
  }, rest!);
}
