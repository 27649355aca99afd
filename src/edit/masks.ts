import { resizeNearest, softMask, threshold, unionOf } from "../attention/index.ts";
import type { SitePlan } from "../pipeline/index.ts";
import { type FloatTensor, floatTensor } from "../tensor/index.ts";
import { type Inversion, wordMap } from "./inversion.ts";

/** A soft mask at any resolution: [F, height, width], about 0…1. */
export type SoftMask = (height: number, width: number) => FloatTensor;

/** The soft mask of a word map [F, h, w] (paper Eq. 6). */
export const maskOfWords =
  (words: FloatTensor): SoftMask =>
  (height, width) =>
    softMask(words, height, width);

/** A mask that is known at the latents' own resolution [F, h, w]. */
const maskOfLatents =
  (mask: FloatTensor): SoftMask =>
  (height, width) =>
    resizeNearest(mask, height, width);

/** Where the masks of an edit come from. */
export interface EditMaskSource {
  /** The soft mask of the edit step that takes its words from this step of the inversion. */
  at(inverted: number): SoftMask;
  /** Whether it is the same at every step. */
  readonly fixed: boolean;
}

/** The mask of where predictions differ [F, h, w], if there is one, else that of the source words' maps; null without words. */
export function maskSource(
  inversion: Inversion,
  sourceTokens: readonly number[],
  difference: FloatTensor | null,
): EditMaskSource | null {
  if (difference) return { at: () => maskOfLatents(difference), fixed: true };
  if (sourceTokens.length === 0) return null;
  return { at: (inverted) => maskOfWords(wordMap(inversion, inverted, sourceTokens)), fixed: false };
}

/** The mask of an edit as it is shown and as it acts, for the edit step that takes its words from a step of the inversion. */
export interface UsedMask {
  /** Before the threshold. */
  readonly soft: (inverted: number) => SoftMask;
  /** What acts: 1 where the edit keeps its own. */
  readonly used: (inverted: number) => SoftMask;
  /** Whether it is the same at every step. */
  readonly fixed: boolean;
}

/** The automatic mask: 1 above the threshold τ. */
export function automaticMask(source: EditMaskSource, tau: number): UsedMask {
  return {
    soft: (inverted) => source.at(inverted),
    used: (inverted) => (height, width) => threshold(source.at(inverted)(height, width), tau),
    fixed: source.fixed,
  };
}

/** A mask of one step for latents [F, C, h, w], by resolution level, [F, positions]. */
export function masksByLevel(
  mask: SoftMask,
  levels: SitePlan["fusedLevels"],
  { shape }: Pick<FloatTensor, "shape">,
): Map<number, FloatTensor> {
  const [h, w] = shape.slice(-2) as [number, number];
  return new Map(
    levels.map((level) => {
      const { shape: own, data } = mask(h / 2 ** level, w / 2 ** level);
      const [frames, height, width] = own as [number, number, number];
      return [level, floatTensor([frames, height * width], data)];
    }),
  );
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
