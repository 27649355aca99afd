import { FateZeroError } from "../errors.ts";
import { describeParts, type MadeBy, type Model } from "../pipeline/index.ts";
import { say, the } from "../say.ts";
import type { Inversion } from "./inversion.ts";

/** Fingerprints of the weights that a model's folder held before, and their versions (`earlier` in its fatezero.json). */
export function earlierVersions({ checkpoint: { settings } }: Model): ReadonlyMap<string, number> {
  const entries = Object.entries(settings?.earlier ?? {});
  return new Map(entries.map(([version, fingerprint]) => [fingerprint, Number(version)]));
}

/**
 * That something is of other weights of the same model, in words: "an older version of tinytown (1, this is 2)"; null
 * where it is not known to be. One that carries no number is older than the numbers.
 */
function otherVersion(model: Model, made: MadeBy): string | null {
  const own = model.checkpoint.settings?.version;
  const listed = earlierVersions(model).get(made.fingerprint);
  if (own === undefined || (listed === undefined && made.name !== model.name)) return null;
  const version = listed ?? made.version;
  if (version === own) return null;
  const age = version !== undefined && version > own ? "a newer" : "an older";
  return `${age} version of ${model.name} (${version ?? "without a number"}, this is ${own})`;
}

/** Throws FateZeroError `other-model` unless the model is the one that made the inversion. */
export function checkModel(model: Model, inversion: Inversion): void {
  const { name, fingerprint, parts = {} } = inversion.model;
  if (fingerprint === model.fingerprint) return;
  const other = otherVersion(model, inversion.model);
  if (other) {
    const message = `The inversion was made with ${other}.`;
    throw new FateZeroError("other-model", message, "Invert the video again.");
  }
  const own = describeParts(model.checkpoint.parts ?? {});
  throw new FateZeroError(
    "other-model",
    `The inversion was made with the model "${name}"${describeParts(parts)}; this is "${model.name}"${own}, with other weights.`,
    say`Edit it with the model that made it, which ${the("model")}, ${the("lora")} and the like name (tinytown by itself needs none of them); or invert the video again.`,
  );
}
