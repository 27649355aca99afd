import { sumOfTokens, threshold } from "../attention/index.ts";
import type { ScheduleStep } from "../diffusion/index.ts";
import type { SitePlan } from "../pipeline/index.ts";
import { type FloatTensor, floatTensor } from "../tensor/index.ts";
import { type FittedMasks, poolMask } from "./hand-mask.ts";
import { type Inversion, latentsAt, wordMap } from "./inversion.ts";
import { blendLatents, latentMask, type UsedMask } from "./masks.ts";
import type { PlannedEdit } from "./plan-edit.ts";

/** Steps, counted from 1, in which latents are blended: strictly between these shares (released code). */
const BLEND_FROM = 0.2;
const BLEND_TO = 0.8;

/** Latents after a step, and the target words' maps [F, h, w] summed over the steps so far, where a blend needs them. */
export interface Blended {
  readonly z: FloatTensor;
  readonly targetMaps: FloatTensor | null;
}

/** Blends latents z [F, C, h, w] after a step, given the edit's own word maps [F, N, L] of it, where there are any. */
export type BlendStep = (
  step: ScheduleStep,
  z: FloatTensor,
  targetMaps: FloatTensor | null,
  wordMaps: FloatTensor | null,
) => Blended;

function addTensors(a: FloatTensor, b: FloatTensor): FloatTensor {
  return floatTensor(
    a.shape,
    a.data.map((value, i) => value + b.data[i]!),
  );
}

/** Keeps the source's latents outside one mask [F, h, w] at every step, so that it comes out as the VAE shows it. */
function fixedBlend(inversion: Inversion, mask: FloatTensor): BlendStep {
  return ({ inverted }, z, targetMaps) => ({
    z: blendLatents(z, latentsAt(inversion, inverted), mask),
    targetMaps,
  });
}

/**
 * Keeps the source's latents where neither the source's nor the target's words are: the source's map is that of the
 * step, the target's the sum over the edit's steps so far (released code, spatial_blend.py).
 */
function wordBlend(inversion: Inversion, { plan, settings }: PlannedEdit, sites: SitePlan): BlendStep {
  const { steps } = inversion;
  const { sourceTokens, targetTokens } = plan.mask;
  return ({ index, inverted }, z, before, wordMaps) => {
    if (!wordMaps) return { z, targetMaps: before };
    const maps = sumOfTokens(wordMaps, targetTokens, sites.mapHeight, sites.mapWidth);
    const targetMaps = before ? addTensors(before, maps) : maps;
    if (index + 1 <= Math.floor(BLEND_FROM * steps) || index + 1 >= Math.floor(BLEND_TO * steps))
      return { z, targetMaps };
    const source = sourceTokens.length > 0 ? wordMap(inversion, inverted, sourceTokens) : null;
    const target = targetTokens.length > 0 ? targetMaps : null;
    const mask = latentMask(source, target, z.shape, settings.maskThreshold);
    // The released code blends with the source one step noisier than the edit; level with it is right.
    const level = inversion.settings.compat ? inverted + 1 : inverted;
    return { z: blendLatents(z, latentsAt(inversion, level), mask), targetMaps };
  };
}

/** Keeps the source's latents outside the mask that a person had a hand in, at every step. */
function usedBlend(inversion: Inversion, { used, fixed }: UsedMask): BlendStep {
  const [height, width] = inversion.latents.shape.slice(-2) as [number, number];
  if (fixed) return fixedBlend(inversion, used(0)(height, width));
  return ({ inverted }, z, targetMaps) => {
    const mask = used(inverted)(height, width);
    return { z: blendLatents(z, latentsAt(inversion, inverted), mask), targetMaps };
  };
}

/** What keeps the source's latents but for masks by hand. */
function automaticBlend(
  inversion: Inversion,
  planned: PlannedEdit,
  sites: SitePlan,
  difference: FloatTensor | null,
): BlendStep {
  const { latentBlend, maskThreshold } = planned.settings;
  if (!latentBlend) return (_, z, targetMaps) => ({ z, targetMaps });
  if (difference) return fixedBlend(inversion, threshold(difference, maskThreshold));
  return wordBlend(inversion, planned, sites);
}

/** Masks that a blend may go by. */
export interface BlendMasks {
  readonly difference: FloatTensor | null;
  readonly hand: FittedMasks | null;
  readonly used: UsedMask | null;
  /** What a removal puts outside and behind its hole. */
  readonly removal: { readonly blend: BlendStep } | null;
}

/**
 * What a planned edit does to its latents after every step: a blend under the mask by hand, under that of `difference`,
 * under that of words, or nothing; and what is protected comes back in any case.
 */
export function createBlend(
  inversion: Inversion,
  planned: PlannedEdit,
  sites: SitePlan,
  { difference, hand, used, removal }: BlendMasks,
): BlendStep {
  const isComposed = (hand !== null && hand.mask !== null) || planned.regions !== null;
  if (isComposed && used && planned.settings.latentBlend) return usedBlend(inversion, used);
  const own = removal?.blend ?? automaticBlend(inversion, planned, sites, difference);
  if (!hand?.open) return own;
  const [height, width] = inversion.latents.shape.slice(-2) as [number, number];
  const protect = fixedBlend(inversion, poolMask(hand.open, height, width));
  return (step, z, before, wordMaps) => {
    const blended = own(step, z, before, wordMaps);
    return protect(step, blended.z, blended.targetMaps, null);
  };
}
