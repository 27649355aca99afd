import { MAX_FUSED_POSITIONS, positionsOf, softMask, threshold } from "../../src/attention/index.ts";
import { type AttentionSite, attentionSites } from "../../src/model/index.ts";
import { type FloatTensor, float16ToFloat32, float32ToFloat16, floatTensor } from "../../src/tensor/index.ts";
import type { Bench } from "./bench.ts";

/** A mask and the values it was cut from, [F, h, w]. */
export interface Mask {
  readonly soft: FloatTensor;
  readonly hard: FloatTensor;
}

/** The mask of a words' map at a size. Words that are not in the prompt have no map: the mask is 0. */
export function maskOf(
  words: FloatTensor | null,
  [frames, height, width]: readonly [number, number, number],
  tau: number,
): Mask {
  const soft = words ? softMask(words, height, width) : floatTensor([frames, height, width]);
  return { soft, hard: threshold(soft, tau) };
}

/** Word maps as an inversion keeps them, in float16: masks must stand that. */
export function asKept(maps: FloatTensor): FloatTensor {
  return floatTensor(maps.shape, float16ToFloat32(float32ToFloat16(maps.data)));
}

/** The reference's name of its k-th mask, in the order in which they were made. */
export const numbered = (prefix: string, index: number): string =>
  `${prefix}${String(index).padStart(4, "0")}`;

/** Blocks whose attention the reference stores and edits, in the order in which they run. */
export function fusedSites({ model }: Bench, height: number, width: number): readonly AttentionSite[] {
  return attentionSites(model.unet).filter((site) => positionsOf(site, height, width) <= MAX_FUSED_POSITIONS);
}

/** A self-attention mask of the reference: which call made it, and for which block. */
export interface SelfMaskCall {
  readonly index: number;
  readonly step: number;
  readonly site: AttentionSite;
}

/** The reference makes one mask for every fused block of every step in the self-attention window. */
export function selfMaskCalls(bench: Bench, height: number, width: number): SelfMaskCall[] {
  const sites = fusedSites(bench, height, width);
  const steps = [...bench.plan.steps.entries()].filter(([, { self }]) => self).map(([step]) => step);
  return steps.flatMap((step, s) => sites.map((site, k) => ({ index: s * sites.length + k, step, site })));
}

/** The stored masks of a step by level [F, positions]; null where the case lacks one of them. */
export function storedSelfMasks(
  bench: Bench,
  step: number,
  height: number,
  width: number,
): Map<number, FloatTensor> | null {
  const masks = new Map<number, FloatTensor>();
  for (const call of selfMaskCalls(bench, height, width).filter((one) => one.step === step)) {
    const mask = bench.stored.find(numbered("attention_blend/mask", call.index));
    if (!mask) return null;
    const frames = mask.shape[0]!;
    masks.set(call.site.level, floatTensor([frames, mask.data.length / frames], mask.data));
  }
  return masks;
}

/** Whether latents are blended after an edit step: strictly between a fifth and four fifths of the steps. */
export function blendsAfter({ p2p, settings: { steps } }: Bench, step: number): boolean {
  const done = step + 1;
  return p2p.blendLatents && done > Math.floor(0.2 * steps) && done < Math.floor(0.8 * steps);
}
