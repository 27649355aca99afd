import type { ModelParts } from "../checkpoint/index.ts";
import type { Model } from "./model.ts";

/** Which model made something: its name and fingerprint, the version of its weights, and what was added to it. */
export interface MadeBy {
  readonly name: string;
  readonly fingerprint: string;
  /** Of the folder's weights, where its fatezero.json says. */
  readonly version?: number;
  readonly parts?: ModelParts;
}

/** What an inversion says of the model that made it; its parts where they are more than its checkpoint. */
export function describeModel({ name, fingerprint, checkpoint }: Model): MadeBy {
  const { parts = {}, settings } = checkpoint;
  const version = settings?.version;
  return {
    ...{ name, fingerprint },
    ...(version === undefined ? {} : { version }),
    ...(Object.keys(parts).length > 0 ? { parts } : {}),
  };
}

/** What was added to a model, in words: ` with the LoRA ink.safetensors at 0.8`; empty where nothing was. */
export function describeParts({
  lora = [],
  embeddings = [],
  vae,
  prediction,
  ema,
  variant,
  base,
}: ModelParts): string {
  const list = [
    ...lora.map(({ path, scale = 1 }) => `the LoRA ${path} at ${scale}`),
    ...embeddings.map(({ path }) => `the embedding ${path}`),
    ...(vae === undefined ? [] : [`the VAE ${vae}`]),
    ...(prediction ? [`prediction ${prediction}`] : []),
    ...(ema ? ["its averages"] : []),
    ...(variant ? [`weights of ${variant}`] : []),
    ...(base === undefined ? [] : [`changes of ${base}`]),
  ];
  return list.length > 0 ? ` with ${list.join(", ")}` : "";
}

/** Files that can be added to a model, and characters of a path, as far as a saved inversion is believed. */
const MAX_FILES = 100;
const MAX_PATH_CHARACTERS = 10_000;

const isText = (value: unknown): boolean => typeof value === "string" && value.length <= MAX_PATH_CHARACTERS;
const isScale = (value: unknown): boolean => typeof value === "number" && Number.isFinite(value);
const isOptional = (value: unknown, test: (value: unknown) => boolean): boolean =>
  value === undefined || test(value);

/** Entries of a list of files, each with one more optional field. */
function areFiles(value: unknown, field: string, fits: (value: unknown) => boolean): boolean {
  const isFile = (entry: unknown): boolean => {
    const file = (entry ?? {}) as Readonly<Record<string, unknown>>;
    return isText(file.path) && isOptional(file[field], fits);
  };
  return Array.isArray(value) && value.length <= MAX_FILES && value.every(isFile);
}

/** Whether what a saved inversion says of its model's parts can be what `describeModel` wrote. */
export function isModelParts(value: unknown): value is ModelParts {
  if (typeof value !== "object" || value === null) return false;
  const { variant, vae, lora, embeddings, prediction, ema, base } = value as Readonly<
    Record<string, unknown>
  >;
  return (
    isOptional(variant, (v) => v === "fp16") &&
    isOptional(vae, isText) &&
    isOptional(lora, (list) => areFiles(list, "scale", isScale)) &&
    isOptional(embeddings, (list) => areFiles(list, "word", isText)) &&
    isOptional(prediction, (p) => p === "epsilon" || p === "v_prediction") &&
    isOptional(base, isText) &&
    isOptional(ema, (v) => typeof v === "boolean")
  );
}
