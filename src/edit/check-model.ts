import { FateZeroError } from "../errors.ts";
import { describeParts, type MadeBy, type Model } from "../pipeline/index.ts";
import { say, the } from "../say.ts";
import { formatShape } from "../tensor/index.ts";
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

/** Throws FateZeroError where an inversion is damaged: it says that this model made it, but this model makes no such. */
function checkShapes(
  { tokenizer, unet, vae }: Model,
  { ids, latents, size, wordMaps, nullText }: Inversion,
  file: string,
): void {
  const broken = (what: string): FateZeroError =>
    new FateZeroError("inversion-invalid", `${file} ${what}.`, "Invert the video again.");
  if (ids.length !== tokenizer.maxLength)
    throw broken(`has ${ids.length} ids, but its model reads ${tokenizer.maxLength} tokens`);
  const unknown = ids.find((id) => id >= tokenizer.vocabSize);
  if (unknown !== undefined)
    throw broken(
      `has ${unknown} among its ids, but its model's vocabulary has ${tokenizer.vocabSize} tokens`,
    );
  const [, , channels, height, width] = latents.shape;
  const due = [vae.latentChannels, size.height / vae.downscale, size.width / vae.downscale];
  if ([channels, height, width].join() !== due.join())
    throw broken(
      `has latents of ${formatShape(latents.shape)}, which are not its size of ${size.width}x${size.height}`,
    );
  const isEven = height! % wordMaps.height === 0 && width! % wordMaps.width === 0;
  if (wordMaps.data.length > 0 && !(isEven && wordMaps.tokens <= ids.length))
    throw broken(`has word maps of ${wordMaps.height}x${wordMaps.width}, which are no part of its latents`);
  const [, , length, states] = nullText?.embeddings.shape ?? [];
  if (nullText && (length !== ids.length || states !== unet.textWidth))
    throw broken(
      `has null-text embeddings of ${formatShape(nullText.embeddings.shape)}, but its model's texts are ${formatShape([ids.length, unet.textWidth])}`,
    );
}

/** Throws FateZeroError `other-model` unless the model is the one that made the inversion, `inversion-invalid` where it cannot be; `file` is what messages call it. */
export function checkModel(model: Model, inversion: Inversion, file = "The inversion"): void {
  const { name, fingerprint, parts = {} } = inversion.model;
  if (fingerprint === model.fingerprint) {
    checkShapes(model, inversion, file);
    return;
  }
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
