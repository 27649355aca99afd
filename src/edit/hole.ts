import { softMask } from "../attention/index.ts";
import { type FloatTensor, floatTensor } from "../tensor/index.ts";
import { type Inversion, wordMap } from "./inversion.ts";
import type { EditMaskSource, SoftMask } from "./masks.ts";

/** Where the words of a thing are, over all steps: the mean of their soft masks at the latents' size, [F, h, w], 0…1. */
export function meanOfWords(inversion: Inversion, tokens: readonly number[]): FloatTensor {
  const { steps, latents } = inversion;
  const [height, width] = latents.shape.slice(-2) as [number, number];
  const mean = floatTensor([latents.shape[1]!, height, width]);
  for (let step = 0; step < steps; step++) {
    const { data } = softMask(wordMap(inversion, step, tokens), height, width);
    for (let i = 0; i < data.length; i++) mean.data[i] = mean.data[i]! + data[i]! / steps;
  }
  return mean;
}

/** How far a map grows, in positions. */
export interface Growth {
  readonly up: number;
  readonly down: number;
  readonly sideways: number;
}

/** The largest value from which each position of a map [F, h, w] is reached by growing: a threshold of it is a grown mask. */
export function grow(map: FloatTensor, { up, down, sideways }: Growth): FloatTensor {
  const [frames, height, width] = map.shape as [number, number, number];
  const out = floatTensor(map.shape);
  for (let f = 0; f < frames; f++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        let top = 0;
        for (let v = Math.max(0, y - down); v <= Math.min(height - 1, y + up); v++)
          for (let u = Math.max(0, x - sideways); u <= Math.min(width - 1, x + sideways); u++)
            top = Math.max(top, map.data[(f * height + v) * width + u]!);
        out.data[(f * height + y) * width + x] = top;
      }
    }
  }
  return out;
}

/** A map [F, h, w] at a coarser size, each position with the largest value that it covers: nothing of a hole is lost. */
const covering =
  (map: FloatTensor): SoftMask =>
  (height, width) => {
    const [frames, h, w] = map.shape as [number, number, number];
    const out = floatTensor([frames, height, width]);
    for (let f = 0; f < frames; f++) {
      for (let y = 0; y < h; y++) {
        for (let x = 0; x < w; x++) {
          const k = (f * height + Math.floor((y * height) / h)) * width + Math.floor((x * width) / w);
          out.data[k] = Math.max(out.data[k]!, map.data[(f * h + y) * w + x]!);
        }
      }
    }
    return out;
  };

/** A hole's map at every step and size. */
export const holeMask = (map: FloatTensor): EditMaskSource => ({ at: () => covering(map), fixed: true });
