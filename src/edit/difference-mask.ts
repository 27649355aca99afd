import type { Schedule } from "../diffusion/index.ts";
import type { Denoiser } from "../pipeline/index.ts";
import { type FloatTensor, floatTensor } from "../tensor/index.ts";
import { type Inversion, latentsAt } from "./inversion.ts";

/** Share of the inversion, from the clean end, in which the predictions are compared: object and colour are decided here. */
const FROM = 0.4;
const TO = 0.7;
/** Noise levels compared within it. */
const LEVELS = 5;
/** Share of a frame's positions at most that may lie above 1: a few outliers do not set the scale. */
const TOP = 0.02;

/** Sum over channels of |a − b|, [F, C, h, w] → [F, h, w], added to `sum`. */
function addDifference(sum: FloatTensor, a: FloatTensor, b: FloatTensor): void {
  const [frames, channels, h, w] = a.shape as [number, number, number, number];
  const pixels = h * w;
  for (let f = 0; f < frames; f++) {
    for (let c = 0; c < channels; c++) {
      const base = (f * channels + c) * pixels;
      for (let i = 0; i < pixels; i++) {
        const k = f * pixels + i;
        sum.data[k] = sum.data[k]! + Math.abs(a.data[base + i]! - b.data[base + i]!);
      }
    }
  }
}

/** Mean over each position's 3×3 neighbourhood, then divided so that all but the topmost positions lie in 0…1. */
function smoothAndScale(map: FloatTensor): FloatTensor {
  const [frames, height, width] = map.shape as [number, number, number];
  const out = floatTensor(map.shape);
  const pixels = height * width;
  for (let f = 0; f < frames; f++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        let sum = 0;
        let count = 0;
        for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++) {
          for (let u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++) {
            sum += map.data[f * pixels + v * width + u]!;
            count++;
          }
        }
        out.data[f * pixels + y * width + x] = sum / count;
      }
    }
    const frame = out.data.subarray(f * pixels, (f + 1) * pixels);
    const top = Array.from(frame).sort((a, b) => b - a)[Math.floor(TOP * pixels)]!;
    if (top > 0) for (let i = 0; i < pixels; i++) frame[i] = frame[i]! / top;
  }
  return out;
}

/**
 * Where the two prompts make the model predict differently on the source's own latents: a mask of what the edit wants to
 * change, without any attention map (Couairon et al. 2022, DiffEdit; here on the inverted trajectory instead of on
 * random noise). [F, h, w], about 0…1.
 */
export async function differenceMask(
  denoiser: Denoiser,
  schedule: Schedule,
  inversion: Inversion,
  texts: { readonly source: FloatTensor; readonly edit: FloatTensor },
  signal?: AbortSignal,
): Promise<FloatTensor> {
  const { steps } = inversion;
  const [, frames, , height, width] = inversion.latents.shape as [number, number, number, number, number];
  const sum = floatTensor([frames, height, width]);
  const levels = Array.from({ length: LEVELS }, (_, i) => FROM + ((TO - FROM) * i) / (LEVELS - 1));
  for (const step of new Set(levels.map((share) => Math.min(steps - 1, Math.round(share * steps))))) {
    const latents = latentsAt(inversion, step);
    const branches = [texts.source, texts.edit].map((text) => ({ latents, text }));
    const { predictions } = await denoiser.plain(branches, schedule.inversion[step]!.timestep, signal);
    addDifference(sum, predictions[0]!, predictions[1]!);
  }
  return smoothAndScale(sum);
}
