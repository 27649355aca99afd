import { FateZeroError } from "../errors.ts";
import { describeParts, type Model } from "../pipeline/index.ts";
import { say, the } from "../say.ts";
import type { Inversion } from "./inversion.ts";

/** Throws FateZeroError `other-model` unless the model is the one that made the inversion. */
export function checkModel(model: Model, inversion: Inversion): void {
  const { name, fingerprint, parts = {} } = inversion.model;
  if (fingerprint === model.fingerprint) return;
  const own = describeParts(model.checkpoint.parts ?? {});
  throw new FateZeroError(
    "other-model",
    `The inversion was made with the model "${name}"${describeParts(parts)}; this is "${model.name}"${own}, with other weights.`,
    say`Edit it with the model that made it, which it is by itself where none of ${the("model")}, ${the("lora")} and the like is given; or invert the video again.`,
  );
}
