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
  /** The level that a step from each timestep leads to, and its inverse comes from; below 0: the clean latents. */
  readonly below: ReadonlyMap<number, number>;
  readonly prediction: PredictionType;
}

/**
 * Where each step leads: to the next timestep. diffusers goes T/steps down instead, which with `linspace` spacing is another
 * level than the one that the next step takes the latents for.
 */
function levelsBelow(
  timesteps: readonly number[],
  stride: number,
  compat: "fatezero" | null,
): ReadonlyMap<number, number> {
  return new Map(timesteps.map((t, i) => [t, compat ? t - stride : (timesteps[i + 1] ?? -1)]));
}

/**
 * Builds the schedule of a diffusers scheduler_config.json for a number of steps. Whatever sampler the file names, its
 * noise levels are run with DDIM, with `compat` as diffusers does. Arithmetic is float32 where the original's is.
 */
export function createSchedule(
  config: JsonObject,
  steps: number,
  compat: "fatezero" | null = null,
): Schedule {
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
  const timesteps = timestepsOf(config, trained, steps);
  return {
    alphasCumprod,
    finalAlphaCumprod: config.set_alpha_to_one === false ? alphasCumprod[0]! : 1,
    timesteps,
    below: levelsBelow(timesteps, Math.floor(trained / steps), compat),
    prediction,
  };
}

/** ᾱ of the level that a step from `timestep` leads to. */
export function alphaBelow(schedule: Schedule, timestep: number): number {
  const level = schedule.below.get(timestep);
  if (level === undefined) throw new RangeError(`${timestep} is no timestep of this schedule.`);
  return alphaAt(schedule, level);
}

/** ᾱ at a timestep; below 0 that of the clean latents. */
export function alphaAt(schedule: Schedule, timestep: number): number {
  if (timestep < 0) return schedule.finalAlphaCumprod;
  return schedule.alphasCumprod[Math.min(timestep, schedule.alphasCumprod.length - 1)]!;
}
