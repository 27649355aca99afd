import type { Schedule } from "../diffusion/index.ts";
import { type FloatTensor, floatTensor, type RandomSource } from "../tensor/index.ts";

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

/** Noise levels that training never draws, and on which the loss is measured. */
export interface HeldOut {
  /** The timestep of each level, evenly spaced. */
  readonly timesteps: readonly number[];
  /** A timestep of training: any but those near a held-out level. */
  draw(source: RandomSource): number;
}

/** Timesteps to either side of a held-out one, of all the schedule's, that training leaves out with it. */
const BAND = 0.01;

/** Holds out `levels` of a schedule's `trained` timesteps; none leaves all of them to training. */
export function holdOut(trained: number, levels: number): HeldOut {
  const timesteps = Array.from({ length: levels }, (_, i) => Math.floor(((i + 0.5) * trained) / levels));
  const isHeldOut = (t: number): boolean => timesteps.some((level) => Math.abs(t - level) <= BAND * trained);
  return {
    timesteps,
    draw(source) {
      for (;;) {
        const t = source.below(trained);
        if (!isHeldOut(t)) return t;
      }
    },
  };
}
