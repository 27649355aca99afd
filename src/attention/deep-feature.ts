import { type Dim, divDims, mulDims, type Port, port, reshape, type Value } from "../graph/index.ts";
import { type AttentionSite, type DeepCut, isDeepWeight } from "../model/index.ts";

/**
 * Reuse of deep features (DeepCache, Ma et al. 2023, arXiv 2312.00858): from one step to the next the coarse levels of a
 * UNet hardly change what they give. So a step may run the finer ones alone, with what the coarse ones gave in an
 * earlier step, which that step's graph tells.
 */
export interface DeepForm {
  /** The finest level that is not computed again, 1 or more. */
  readonly level: number;
  /** Whether the feature is fed, and the shallow part is all there is; else the whole is computed, and tells it. */
  readonly reuses: boolean;
}

/** `deep` [B, F, C, H, W], where the feature is fed. */
export type DeepPorts = { readonly deep?: Port<"float32"> };

/** The port of the feature for latents [B, F, C, h, w], of a UNet with these widths by level. */
export function deepPorts(
  form: DeepForm | null,
  channels: readonly number[],
  { shape }: Port,
): { readonly deep?: Port<"float32"> } {
  if (!form?.reuses) return {};
  const [branches, frames, , height, width] = shape as readonly [Dim, Dim, Dim, Dim, Dim];
  const [h, w] = [height, width].map((side) => divDims(side, 2 ** (form.level - 1))!);
  return { deep: port([branches, frames, channels[form.level]!, h!, w!]) };
}

/** The blocks that a form of the UNet computes. */
export const sitesOfForm = (
  sites: readonly AttentionSite[],
  form: DeepForm | null,
): readonly AttentionSite[] => (form?.reuses ? sites.filter(({ level }) => level < form.level) : sites);

/** Cuts a UNet that is being built, and keeps the feature that it computes. */
export interface DeepRecorder {
  readonly cut: { readonly deep?: DeepCut };
  /** Whether the form leaves a weight out, by its name. */
  leavesOut(name: string): boolean;
  /** [B, F, C, H, W] of the branches that are there at the cut; null where none is computed. */
  result(): Value | null;
}

export function deepRecorder(
  form: DeepForm | null,
  levels: number,
  frames: Dim,
  given: Value | null,
): DeepRecorder {
  let feature: Value | null = null;
  if (!form) return { cut: {}, leavesOut: () => false, result: () => null };
  return {
    cut: {
      deep: {
        level: form.level,
        given: given && reshape(given, [mulDims(given.shape[0]!, frames), ...given.shape.slice(2)]),
        reached: (x) => {
          feature = x;
        },
      },
    },
    leavesOut: (name) => form.reuses && isDeepWeight(name, levels, form.level),
    result: () =>
      feature && reshape(feature, [divDims(feature.shape[0]!, frames)!, frames, ...feature.shape.slice(1)]),
  };
}
