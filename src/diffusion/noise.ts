import { type FloatTensor, floatTensor } from "../tensor/index.ts";
import type { Schedule } from "./schedule.ts";

/** What the network is shown at one noise level, and what it should say. */
export interface Noised {
  /** Like the clean latents. */
  readonly latents: FloatTensor;
  /** What the network should predict: ε, or v for a model that predicts v. */
  readonly target: FloatTensor;
}

/**
 * Clean latents x₀ [B, F, C, h, w] with noise ε of the level of each batch entry's timestep (Ho et al. 2020, Eq. 4):
 * x = √ᾱ·x₀ + √(1−ᾱ)·ε, and as the target ε or v = √ᾱ·ε − √(1−ᾱ)·x₀ (Salimans & Ho 2022).
 */
export function addNoise(
  { alphasCumprod, prediction }: Pick<Schedule, "alphasCumprod" | "prediction">,
  clean: FloatTensor,
  noise: FloatTensor,
  timesteps: readonly number[],
): Noised {
  const latents = floatTensor(clean.shape);
  const target = prediction === "epsilon" ? noise : floatTensor(clean.shape);
  const size = clean.data.length / timesteps.length;
  for (const [entry, timestep] of timesteps.entries()) {
    const alpha = alphasCumprod[timestep]!;
    const [signal, deviation] = [Math.sqrt(alpha), Math.sqrt(1 - alpha)];
    for (let i = entry * size; i < (entry + 1) * size; i++) {
      const [x, e] = [clean.data[i]!, noise.data[i]!];
      latents.data[i] = signal * x + deviation * e;
      if (prediction === "v_prediction") target.data[i] = signal * e - deviation * x;
    }
  }
  return { latents, target };
}

/** Mean squared error of two tensors of one shape. */
export function meanSquare(a: FloatTensor, b: FloatTensor): number {
  let sum = 0;
  for (let i = 0; i < a.data.length; i++) sum += (a.data[i]! - b.data[i]!) ** 2;
  return sum / a.data.length;
}
