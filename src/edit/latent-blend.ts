import { sumOfTokens } from "../attention/index.ts";
import type { SitePlan } from "../pipeline/index.ts";
import type { EditPlan } from "../prompt/index.ts";
import { type FloatTensor, floatTensor } from "../tensor/index.ts";
import { type Inversion, latentsAt, wordMap } from "./inversion.ts";
import { blendLatents, latentMask } from "./masks.ts";

/** Steps, counted from 1, in which latents are blended: strictly between these shares (released code). */
const BLEND_FROM = 0.2;
const BLEND_TO = 0.8;

function addTensors(a: FloatTensor, b: FloatTensor): FloatTensor {
  return floatTensor(
    a.shape,
    a.data.map((value, i) => value + b.data[i]!),
  );
}

/** Keeps the source's latents in a part of the picture. */
export interface LatentBlend {
  /** Blends the latents after edit step `i`, given the edit's own word maps [F, N, L] of that step where there are any. */
  blend(z: FloatTensor, i: number, wordMaps: FloatTensor | null): FloatTensor;
  /** The target words' maps summed over the steps so far: all that a blend remembers from step to step. */
  targetMaps(): FloatTensor | null;
}

/** Keeps the source's latents outside one mask [F, h, w] at every step, so that it comes out as the VAE shows it. */
export function createFixedBlend(inversion: Inversion, mask: FloatTensor): LatentBlend {
  return {
    blend: (z, i) => blendLatents(z, latentsAt(inversion, inversion.steps - 1 - i), mask),
    targetMaps: () => null,
  };
}

/**
 * Keeps the source's latents where neither the source's nor the target's words are: the source's map is that of the
 * step, the target's the sum over the edit's steps so far (released code, spatial_blend.py), going on from `summed`.
 */
export function createWordBlend(
  inversion: Inversion,
  plan: EditPlan,
  sites: SitePlan,
  tau: number,
  summed: FloatTensor | null = null,
): LatentBlend {
  const { steps, settings } = inversion;
  const { sourceTokens, targetTokens } = plan.mask;
  let targetMaps = summed;
  const blend: LatentBlend["blend"] = (z, i, wordMaps) => {
    if (!wordMaps) return z;
    const maps = sumOfTokens(wordMaps, targetTokens, sites.mapHeight, sites.mapWidth);
    targetMaps = targetMaps ? addTensors(targetMaps, maps) : maps;
    if (i + 1 <= Math.floor(BLEND_FROM * steps) || i + 1 >= Math.floor(BLEND_TO * steps)) return z;
    const inverted = steps - 1 - i;
    const source = sourceTokens.length > 0 ? wordMap(inversion, inverted, sourceTokens) : null;
    const mask = latentMask(source, targetTokens.length > 0 ? targetMaps : null, z.shape, tau);
    // The released code blends with the source one step noisier than the edit; level with it is right.
    return blendLatents(z, latentsAt(inversion, settings.compat ? inverted + 1 : inverted), mask);
  };
  return { blend, targetMaps: () => targetMaps };
}
