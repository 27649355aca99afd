import type { Value } from "../../graph/index.ts";

/**
 * A UNet in two parts: deep are the levels from `level` on (1 and more) with the middle between them, shallow the finer
 * ones. All that the shallow part takes from the deep one is a feature [B·F, C, H, W], where the up path enters the
 * level before `level`.
 */
export interface DeepCut {
  readonly level: number;
  /** The feature, in whose place the deep part is left out; null: it is computed. */
  readonly given: Value | null;
  /** Told the feature where it is computed. */
  readonly reached?: (feature: Value) => void;
}

/** Whether a weight, by its name, belongs to the deep part of a UNet of so many levels. */
export function isDeepWeight(name: string, levels: number, level: number): boolean {
  if (name.startsWith("mid_block.")) return true;
  const [, path, number] = /^(down|up)_blocks\.(\d+)\./.exec(name) ?? [];
  if (path === undefined) return false;
  const own = path === "down" ? Number(number) : levels - 1 - Number(number);
  // The last shallow level's way down is taken by the deep part alone.
  return own >= level || (own === level - 1 && name.includes(".downsamplers."));
}
