import type { ModelParts } from "../checkpoint/index.ts";
import type { Inversion } from "./inversion.ts";
import type { Model } from "./model.node.ts";
import { modelVersion } from "./model-version.ts";

/** What an inversion says of the model that made it; its parts where they are more than its checkpoint. */
export function describeModel({ name, fingerprint, checkpoint }: Model): Inversion["model"] {
  const { parts = {}, settings } = checkpoint;
  const version = modelVersion(settings);
  return {
    ...{ name, fingerprint },
    ...(version === null ? {} : { version }),
    ...(Object.keys(parts).length > 0 ? { parts } : {}),
  };
}

const isText = (value: unknown): boolean => typeof value === "string";
const isOptional = (value: unknown, test: (value: unknown) => boolean): boolean =>
  value === undefined || test(value);

/** Entries of a list of files, each with one more optional field. */
function areFiles(value: unknown, field: string, type: "string" | "number"): boolean {
  const isFile = (entry: unknown): boolean => {
    const file = (entry ?? {}) as Readonly<Record<string, unknown>>;
    return isText(file.path) && isOptional(file[field], (other) => typeof other === type);
  };
  return Array.isArray(value) && value.every(isFile);
}

/** Whether what a saved inversion says of its model's parts can be what `describeModel` wrote. */
export function isModelParts(value: unknown): value is ModelParts {
  if (typeof value !== "object" || value === null) return false;
  const { variant, vae, lora, embeddings, prediction, ema } = value as Readonly<Record<string, unknown>>;
  return (
    isOptional(variant, (v) => v === "fp16") &&
    isOptional(vae, isText) &&
    isOptional(lora, (list) => areFiles(list, "scale", "number")) &&
    isOptional(embeddings, (list) => areFiles(list, "word", "string")) &&
    isOptional(prediction, (p) => p === "epsilon" || p === "v_prediction") &&
    isOptional(ema, (v) => typeof v === "boolean")
  );
}
