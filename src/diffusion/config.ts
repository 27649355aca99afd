import { type JsonObject, type PredictionType, readConfig } from "../checkpoint/index.ts";
import { MAX_TRAIN_TIMESTEPS } from "../limits.ts";

/** What a diffusers scheduler_config.json says of the noise levels. Which sampler it names does not matter here. */
export interface ScheduleConfig {
  /** Training timesteps T. */
  readonly trained: number;
  readonly betas:
    | { readonly kind: "linear" | "scaled_linear"; readonly start: number; readonly end: number }
    | { readonly kind: "trained_betas"; readonly list: readonly number[] };
  readonly zeroSnr: boolean;
  readonly prediction: PredictionType;
  readonly spacing: "leading" | "linspace" | "trailing";
  readonly offset: number;
  /** Whether the level below timestep 0 is clean (ᾱ = 1), else that of timestep 0. */
  readonly endsClean: boolean;
}

/** What messages call the file where nobody knows its folder. */
export const SCHEDULER_FILE = "scheduler_config.json";

/**
 * Reads a scheduler_config.json; `file` is what messages call it.
 *
 * @throws FateZeroError `config-invalid`, `scheduler-unsupported`
 */
export function scheduleConfig(json: JsonObject, file: string = SCHEDULER_FILE): ScheduleConfig {
  const config = readConfig(json, file, {
    remedy: "Use the file that belongs to the model.",
    unsupported: "scheduler-unsupported",
  });
  const trained = config.count("num_train_timesteps", MAX_TRAIN_TIMESTEPS, 1000);
  return {
    trained,
    betas: betasOf(json, config, trained),
    zeroSnr: config.boolean("rescale_betas_zero_snr", false),
    prediction: config.choice("prediction_type", "epsilon", ["epsilon", "v_prediction"]),
    spacing: config.choice("timestep_spacing", "leading", ["leading", "linspace", "trailing"]),
    offset: config.number("steps_offset", { least: 0, most: trained, whole: true, fallback: 0 }),
    endsClean: config.boolean("set_alpha_to_one", true),
  };
}

function betasOf(
  json: JsonObject,
  config: ReturnType<typeof readConfig>,
  trained: number,
): ScheduleConfig["betas"] {
  // A variance of 1 leaves nothing of the signal; none is above.
  const isBeta = (value: unknown): boolean => typeof value === "number" && value >= 0 && value <= 1;
  const list = json.trained_betas ?? null;
  if (list !== null) {
    if (Array.isArray(list) && list.length === trained && list.every(isBeta))
      return { kind: "trained_betas", list };
    throw config.wrong("trained_betas", `a list of ${trained} numbers from 0 to 1`);
  }
  const at = (key: string, fallback: number): number => config.number(key, { least: 0, most: 1, fallback });
  const kind = config.choice("beta_schedule", "linear", ["linear", "scaled_linear"]);
  return { kind, start: at("beta_start", 0.0001), end: at("beta_end", 0.02) };
}
