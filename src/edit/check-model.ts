import type { ModelParts } from "../checkpoint/index.ts";
import { FateZeroError } from "../errors.ts";
import type { Inversion } from "./inversion.ts";
import type { Model } from "./model.node.ts";
import { otherVersion } from "./model-version.ts";

/** What was added to a model, in words: ` with the LoRA ink.safetensors at 0.8`; empty where nothing was. */
export function describeParts({
  lora = [],
  embeddings = [],
  vae,
  prediction,
  ema,
  variant,
}: ModelParts): string {
  const list = [
    ...lora.map(({ path, scale = 1 }) => `the LoRA ${path} at ${scale}`),
    ...embeddings.map(({ path }) => `the embedding ${path}`),
    ...(vae === undefined ? [] : [`the VAE ${vae}`]),
    ...(prediction ? [`prediction ${prediction}`] : []),
    ...(ema ? ["its averages"] : []),
    ...(variant ? [`weights of ${variant}`] : []),
  ];
  return list.length > 0 ? ` with ${list.join(", ")}` : "";
}

/** Throws FateZeroError `other-model` unless the model is the one that made the inversion. */
export function checkModel(model: Model, inversion: Inversion): void {
  const { name, fingerprint, parts = {} } = inversion.model;
  if (fingerprint === model.fingerprint) return;
  const other = otherVersion(model, inversion.model);
  if (other) {
    throw new FateZeroError(
      "other-model",
      `The inversion was made with ${other}.`,
      "Invert the video again.",
    );
  }
  const own = describeParts(model.checkpoint.parts ?? {});
  throw new FateZeroError(
    "other-model",
    `The inversion was made with the model "${name}"${describeParts(parts)}; this is "${model.name}"${own}, with other weights.`,
    "Edit it with the model that made it, which it is by itself where none of --model, --lora and the like is given; or invert the video again.",
  );
}
