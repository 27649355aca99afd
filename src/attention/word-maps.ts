import { FateZeroError } from "../errors.ts";
import {
  add,
  attention,
  constant,
  type Dim,
  divDims,
  expand,
  mean,
  mul,
  mulDims,
  reshape,
  type Value,
} from "../graph/index.ts";
import type { AttentionSite } from "../model/index.ts";
import { leaveOut, say, the } from "../say.ts";

/** The released code fuses and stores layers of at most this many positions (paper's figures, §3). */
export const MAX_FUSED_POSITIONS = 32 * 32;

/** Positions of a block for a latent of this size. */
export function positionsOf(site: AttentionSite, latentHeight: number, latentWidth: number): number {
  return Math.ceil(latentHeight / 2 ** site.level) * Math.ceil(latentWidth / 2 ** site.level);
}

/**
 * The blocks whose cross-attention makes the word maps (paper Eq. 6): with latents of 64 and more on the short side
 * those at a quarter of it, with smaller ones those whose side is nearest to 16.
 */
export function wordMapSites(
  sites: readonly AttentionSite[],
  height: number,
  width: number,
): readonly AttentionSite[] {
  const short = Math.min(height, width);
  const wanted = short >= 64 ? short / 4 : 16;
  const distance = (site: AttentionSite): number => Math.abs(short / 2 ** site.level - wanted);
  const nearest = Math.min(...sites.map(distance));
  const level = Math.min(...sites.filter((site) => distance(site) === nearest).map((site) => site.level));
  return sites.filter((site) => site.level === level);
}

/**
 * The blocks that the released code takes: the third and fourth stored down block and the first three stored up blocks
 * (spatial_blend.py). Null at sizes at which those differ in resolution, where it crashes.
 */
export function findCompatSites(
  sites: readonly AttentionSite[],
  height: number,
  width: number,
): readonly AttentionSite[] | null {
  const stored = sites.filter((site) => positionsOf(site, height, width) <= MAX_FUSED_POSITIONS);
  const at = (place: AttentionSite["place"]): AttentionSite[] =>
    stored.filter((site) => site.place === place);
  const chosen = [...at("down").slice(2, 4), ...at("up").slice(0, 3)];
  const isOneSize = chosen.every((site) => site.level === chosen[0]!.level);
  return chosen.length > 0 && isOneSize ? chosen : null;
}

/** The same, where a size without such blocks is refused. Throws FateZeroError `compat-mask-size`. */
export function compatWordMapSites(
  sites: readonly AttentionSite[],
  height: number,
  width: number,
): readonly AttentionSite[] {
  const chosen = findCompatSites(sites, height, width);
  if (chosen) return chosen;
  throw new FateZeroError(
    "compat-mask-size",
    `The released code has no blend mask for latents of ${height}×${width}: the layers it takes differ in size.`,
    say`Use a ${the("size")} from 320 to 1024 pixels, or ${leaveOut("compat")}.`,
  );
}

/** Collects the word maps of the chosen blocks while a UNet graph is built. */
export interface WordMapRecorder {
  /**
   * Takes the maps of queries over keys, [B, F·N, C] over [B, L, C], or [B·F, N, C] over [B·F, L, C]; `lead` are B and F.
   * Ignored for other blocks.
   */
  record(site: AttentionSite, q: Value, k: Value, lead: readonly [Dim, Dim]): void;
  /** The mean over blocks and heads: [B, F, N, L]. Null where no block was recorded. */
  result(): Value | null;
}

/**
 * A word's map is an attention output whose values are the identity, so it comes out of the same operation as
 * everything else: softmax(QKᵀ)·I.
 */
export function wordMapRecorder(sites: readonly AttentionSite[]): WordMapRecorder {
  const chosen = new Set(sites.map((site) => site.path));
  const maps: Value[] = [];
  return {
    record({ path, heads }, q, k, [branches, frames]) {
      if (!chosen.has(path)) return;
      const length = k.shape[1] as number;
      const identity = new Float32Array(length * heads * length);
      for (let token = 0; token < length; token++) {
        for (let head = 0; head < heads; head++) identity[(token * heads + head) * length + token] = 1;
      }
      const values = expand(constant([1, length, heads * length], identity), [
        k.shape[0]!,
        length,
        heads * length,
      ]);
      const perHead = attention(q, k, values, heads);
      const n = divDims(mulDims(q.shape[0]!, q.shape[1]!), mulDims(branches, frames))!;
      maps.push(mean(reshape(perHead, [branches, frames, n, heads, length]), 3));
    },
    result() {
      if (maps.length === 0) return null;
      return mul(
        maps.reduce((sum, map) => add(sum, map)),
        1 / maps.length,
      );
    },
  };
}
