import { resizeNearest, softMask, threshold, unionOf } from "../attention/index.ts";
import type { SitePlan } from "../pipeline/index.ts";
import { type FloatTensor, floatTensor } from "../tensor/index.ts";

/** A soft mask at any resolution: [F, height, width], about 0…1. */
export type SoftMask = (height: number, width: number) => FloatTensor;

/** The soft mask of a word map [F, h, w] (paper Eq. 6). */
export const maskOfWords =
  (words: FloatTensor): SoftMask =>
  (height, width) =>
    softMask(words, height, width);

/** A mask that is known at the latents' own resolution [F, h, w]. */
export const maskOfLatents =
  (mask: FloatTensor): SoftMask =>
  (height, width) =>
    resizeNearest(mask, height, width);

/** Self-attention masks of one step by resolution level, [F, positions]: 1 where the edit keeps its own. */
export function selfMasks(
  soft: SoftMask,
  sites: SitePlan,
  latentHeight: number,
  latentWidth: number,
  tau: number,
): Map<number, FloatTensor> {
  const masks = new Map<number, FloatTensor>();
  for (const level of sites.fusedLevels) {
    const height = latentHeight / 2 ** level;
    const width = latentWidth / 2 ** level;
    const mask = threshold(soft(height, width), tau);
    masks.set(level, floatTensor([mask.shape[0]!, height * width], mask.data));
  }
  return masks;
}

/** The latent blend's mask [F, h, w]: where the source's or the target's words are (either may be absent). */
export function latentMask(
  source: FloatTensor | null,
  target: FloatTensor | null,
  [frames, , height, width]: readonly number[],
  tau: number,
): FloatTensor {
  const shape = [frames!, height!, width!];
  return [source, target]
    .map((words) => (words ? threshold(softMask(words, height!, width!), tau) : floatTensor(shape)))
    .reduce(unionOf);
}

/** source + mask · (edit − source), latents [F, C, h, w] under a mask [F, h, w]. */
export function blendLatents(edit: FloatTensor, source: FloatTensor, mask: FloatTensor): FloatTensor {
  const [frames, channels, height, width] = edit.shape as [number, number, number, number];
  const pixels = height * width;
  const out = floatTensor(edit.shape);
  for (let f = 0; f < frames; f++) {
    for (let c = 0; c < channels; c++) {
      const base = (f * channels + c) * pixels;
      for (let i = 0; i < pixels; i++) {
        const s = source.data[base + i]!;
        out.data[base + i] = s + mask.data[f * pixels + i]! * (edit.data[base + i]! - s);
      }
    }
  }
  return out;
}
