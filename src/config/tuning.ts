import type { FateZeroError } from "../errors.ts";
import type { ConfigReader } from "./reader.ts";

/** Keys that only training reads; editing configs hold some of them as leftovers. */
const TRAINING = [
  "train_steps",
  "validation_steps",
  "checkpointing_steps",
  "learning_rate",
  "train_temporal_conv",
];

/** What makes a config one for tuning, or null: the trainer it names, or training values and no edits. */
function tuningSign(reader: ConfigReader): string | null {
  if (reader.has("trainer_pipeline_config")) return "trainer_pipeline_config";
  if (reader.has("editing_config.p2p_config")) return null;
  return TRAINING.find((key) => reader.has(key)) ?? null;
}

/** The error that a tuning config gets, null for others. */
export function tuningFault(reader: ConfigReader): FateZeroError | null {
  const sign = tuningSign(reader);
  if (sign === null) return null;
  const steps = reader.has("train_steps")
    ? `${reader.number("train_steps", { least: 0 })} steps of training`
    : "training";
  return reader.fault(
    "tuning-config",
    sign,
    `this is a config for one-shot tuning: by ${sign} it asks for ${steps} on the clip before any edit. Tuning is not there yet.`,
    "A checkpoint that the authors' code tuned can be used: name its folder as pretrained_model_path of a config whose editing_config has a p2p_config, or without tuning edit with the image model itself.",
  );
}
