import type { JsonObject, PredictionType } from "../checkpoint/index.ts";
import { FateZeroError } from "../errors.ts";
import { alphasCumprodOf } from "./betas.ts";
import { SCHEDULER_FILE, type ScheduleConfig, scheduleConfig } from "./config.ts";
import { type DdimCoefficients, ddimCoefficients } from "./ddim.ts";
import { timestepsOf } from "./timesteps.ts";

/** A DDIM step z ← a·z + b·p, and the timestep that the network is told when it predicts p. */
export interface ScheduleStep extends DdimCoefficients {
  /** Its place in its own direction, counted from 0. */
  readonly index: number;
  readonly timestep: number;
  /** The step of the inversion that has this timestep, counted from the clean end; an edit step takes what that one kept. */
  readonly inverted: number;
  /** ᾱ of the level that the step leads to. */
  readonly alphaTo: number;
  /** The step from the same level to no noise at all: the clean latents x₀ that the prediction implies. */
  readonly clean: DdimCoefficients;
}

/** A DDIM noise schedule with its chosen steps (Song et al. 2021). */
export interface Schedule {
  /** ᾱ of every training timestep. */
  readonly alphasCumprod: Float32Array;
  /** ᾱ of the level below timestep 0, which clean latents are taken to have. */
  readonly finalAlphaCumprod: number;
  /** Towards clean latents, noisiest first. */
  readonly steps: readonly ScheduleStep[];
  /**
   * Towards noise, cleanest first: from the level below a timestep to that timestep, with the prediction made for it on the
   * latents as they are (paper §3.1; the released code's `next_clean2noise_step`).
   */
  readonly inversion: readonly ScheduleStep[];
  readonly prediction: PredictionType;
}

/**
 * Where each step leads: to the next timestep; below 0 are the clean latents. diffusers goes T/steps down instead, which
 * with `linspace` spacing is another level than the one that the next step takes the latents for.
 */
function levelsBelow(
  timesteps: readonly number[],
  stride: number,
  compat: "fatezero" | null,
): readonly number[] {
  return timesteps.map((t, i) => (compat ? t - stride : (timesteps[i + 1] ?? -1)));
}

/**
 * ᾱ of every training timestep. Throws FateZeroError where the schedule leaves nothing to tell a picture from: no signal
 * at a step at which ε is predicted, or levels that are no numbers.
 */
function levelsOf(config: ScheduleConfig, file: string): Float32Array {
  const alphas = alphasCumprodOf(config);
  const at = alphas.findIndex((alpha) => !(alpha > 0));
  const isLast = at === config.trained - 1 && alphas[at] === 0;
  if (at < 0 || (isLast && config.prediction === "v_prediction")) return alphas;
  if (isLast && config.zeroSnr) {
    throw new FateZeroError(
      "scheduler-unsupported",
      `${file}: the scheduler has rescale_betas_zero_snr, so that its noisiest step holds no signal, but prediction_type is ` +
        '"epsilon", from which no picture can be told there.',
      'Models trained so predict v: set prediction_type to "v_prediction", or rescale_betas_zero_snr to false.',
    );
  }
  throw new FateZeroError(
    "scheduler-unsupported",
    `${file}: its betas (beta_start, beta_end, trained_betas) leave no signal at timestep ${at} of ${config.trained}.`,
    "Use the file that belongs to the model.",
  );
}

/**
 * Throws FateZeroError where no schedule can be made of a scheduler_config.json; `file` is what messages call it.
 */
export function checkSchedule(json: JsonObject, file: string): void {
  levelsOf(scheduleConfig(json, file), file);
}

/**
 * Builds the schedule of a diffusers scheduler_config.json for a number of steps. Whatever sampler the file names, its
 * noise levels are run with DDIM, with `compat` as diffusers does. Arithmetic is float32 where the original's is.
 */
export function createSchedule(json: JsonObject, steps: number, compat: "fatezero" | null = null): Schedule {
  const config = scheduleConfig(json);
  const { trained, prediction } = config;
  if (!Number.isInteger(steps) || steps < 1 || steps > trained) {
    throw new FateZeroError(
      "steps-invalid",
      `The number of steps is ${steps}, but must be a whole number from 1 to ${trained}.`,
      "Choose 50 for quality, 10 for a quick look.",
    );
  }
  const alphasCumprod = levelsOf(config, SCHEDULER_FILE);
  const finalAlphaCumprod = config.endsClean ? 1 : alphasCumprod[0]!;
  const alphaAt = (level: number): number =>
    level < 0 ? finalAlphaCumprod : alphasCumprod[Math.min(level, trained - 1)]!;
  const timesteps = timestepsOf(config, steps);
  const below = levelsBelow(timesteps, Math.floor(trained / steps), compat);
  const down = timesteps.map((timestep, index): ScheduleStep => {
    const [from, alphaTo] = [alphaAt(timestep), alphaAt(below[index]!)];
    const inverted = steps - 1 - index;
    const clean = ddimCoefficients(prediction, from, 1);
    return { index, timestep, inverted, alphaTo, clean, ...ddimCoefficients(prediction, from, alphaTo) };
  });
  const up = down.toReversed().map(({ timestep, inverted, alphaTo: from }): ScheduleStep => {
    const alphaTo = alphaAt(timestep);
    const coefficients = ddimCoefficients(prediction, from, alphaTo);
    const clean = ddimCoefficients(prediction, from, 1);
    return { index: inverted, timestep, inverted, alphaTo, clean, ...coefficients };
  });
  return { alphasCumprod, finalAlphaCumprod, prediction, steps: down, inversion: up };
}
