import type { RunConfig } from "../../config/index.ts";
import { FateZeroError } from "../../errors.ts";
import { count } from "../../quantity.ts";

/** Refuses a config that tunes the model before it edits. Throws FateZeroError `tuning-config`. */
export function checkTunesNothing(file: string, { tuning }: RunConfig): void {
  if (tuning === undefined) return;
  throw new FateZeroError(
    "tuning-config",
    `"${file}" is a config for one-shot tuning: it asks for ${count(tuning.steps, "step")} of training on the clip before any edit. Tuning is not there yet.`,
    "A checkpoint that the authors' code tuned can be used: name its folder as pretrained_model_path of a config whose editing_config has a p2p_config, or without tuning edit with the image model itself.",
  );
}
