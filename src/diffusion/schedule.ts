import type { JsonObject, PredictionType } from "../checkpoint/index.ts";
import { FateZeroError } from "../errors.ts";
import { alphasCumprodOf } from "./betas.ts";
import { timestepsOf } from "./timesteps.ts";

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
  const alphasCumprod = alphasCumprodOf(config, trained);
  if (prediction === "epsilon" && alphasCumprod[trained - 1] === 0) {
    throw new FateZeroError(
      "scheduler-unsupported",
      "The scheduler has rescale_betas_zero_snr, so that its noisiest step holds no signal, but prediction_type is " +
        '"epsilon", from which no picture can be told there.',
      'Models trained so predict v: set prediction_type to "v_prediction", or rescale_betas_zero_snr to false.',
    );
  }
  return {
    alphasCumprod,
    finalAlphaCumprod: config.set_alpha_to_one === false ? alphasCumprod[0]! : 1,
    timesteps: timestepsOf(config, trained, steps),
    stride: Math.floor(trained / steps),
    prediction,
  };
}

/** ᾱ at a timestep; below 0 that of the clean latents. */
export function alphaAt(schedule: Schedule, timestep: number): number {
  if (timestep < 0) return schedule.finalAlphaCumprod;
  return schedule.alphasCumprod[Math.min(timestep, schedule.alphasCumprod.length - 1)]!;
}
