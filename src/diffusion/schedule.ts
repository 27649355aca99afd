import type { JsonObject } from "../checkpoint/index.ts";
import { FateZeroError } from "../errors.ts";

/** What a network's output means: the noise ε, or v = √ᾱ·ε − √(1−ᾱ)·x₀ (Salimans & Ho 2022). */
export type PredictionType = "epsilon" | "v_prediction";

/** A DDIM noise schedule with its chosen steps (Song et al. 2021). */
export interface Schedule {
  /** ᾱ of every training timestep, 0…T−1. */
  readonly alphasCumprod: Float32Array;
  /** ᾱ of the level below timestep 0, which clean latents are taken to have. */
  readonly finalAlphaCumprod: number;
  /** Timesteps of the steps, noisiest first. */
  readonly timesteps: readonly number[];
  /** Training timesteps between two steps. */
  readonly stride: number;
  readonly prediction: PredictionType;
}

function betas(config: JsonObject, count: number): Float32Array {
  const number = (key: string, fallback: number): number => Number(config[key] ?? fallback);
  const start = number("beta_start", 0.0001);
  const end = number("beta_end", 0.02);
  const kind = String(config.beta_schedule ?? "linear");
  if (Array.isArray(config.trained_betas)) return Float32Array.from(config.trained_betas as number[]);
  const linear = (from: number, to: number): Float32Array =>
    Float32Array.from({ length: count }, (_, i) => from + ((to - from) * i) / (count - 1));
  if (kind === "linear") return linear(start, end);
  if (kind === "scaled_linear") return linear(Math.sqrt(start), Math.sqrt(end)).map((root) => root * root);
  throw new FateZeroError(
    "scheduler-unsupported",
    `The scheduler's beta_schedule "${kind}" is not known here.`,
    'Known ones are "linear" and "scaled_linear".',
  );
}

/**
 * Builds the schedule of a diffusers scheduler_config.json for a number of steps. Whatever sampler the file names, its
 * noise levels are run with DDIM. Arithmetic is float32 where the original's is.
 */
export function createSchedule(config: JsonObject, steps: number): Schedule {
  const trained = Number(config.num_train_timesteps ?? 1000);
  if (!Number.isInteger(steps) || steps < 1 || steps > trained) {
    throw new FateZeroError(
      "steps-invalid",
      `The number of steps is ${steps}, but must be a whole number from 1 to ${trained}.`,
      "Choose 50 for quality, 10 for a quick look.",
    );
  }
  const prediction = String(config.prediction_type ?? "epsilon");
  if (prediction !== "epsilon" && prediction !== "v_prediction") {
    throw new FateZeroError(
      "scheduler-unsupported",
      `The scheduler's prediction_type "${prediction}" is not known here.`,
      'Known ones are "epsilon" and "v_prediction".',
    );
  }
  const alphasCumprod = new Float32Array(trained);
  let product = 1;
  for (const [i, beta] of betas(config, trained).entries()) {
    product = Math.fround(product * Math.fround(1 - beta));
    alphasCumprod[i] = product;
  }
  const stride = Math.floor(trained / steps);
  const offset = Number(config.steps_offset ?? 0);
  const timesteps = Array.from({ length: steps }, (_, i) => (steps - 1 - i) * stride + offset);
  return {
    alphasCumprod,
    finalAlphaCumprod: config.set_alpha_to_one === false ? alphasCumprod[0]! : 1,
    timesteps,
    stride,
    prediction,
  };
}

/** ᾱ at a timestep; below 0 that of the clean latents. */
export function alphaAt(schedule: Schedule, timestep: number): number {
  if (timestep < 0) return schedule.finalAlphaCumprod;
  return schedule.alphasCumprod[Math.min(timestep, schedule.alphasCumprod.length - 1)]!;
}
