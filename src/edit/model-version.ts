import type { JsonObject } from "../checkpoint/index.ts";
import { FateZeroError } from "../errors.ts";
import type { Inversion } from "./inversion.ts";
import type { Model } from "./model.node.ts";

const isVersion = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 1;

function bad(key: string, value: unknown): FateZeroError {
  return new FateZeroError(
    "model-settings",
    `The model's fatezero.json has ${JSON.stringify(value)} for ${key}.`,
    "A version is a whole number from 1 up; earlier holds the fingerprint of each earlier version by its number.",
  );
}

/** Which version of its weights a model folder holds (`version` in its fatezero.json); null where it does not say. */
export function modelVersion(settings: JsonObject | null): number | null {
  const version = settings?.version ?? null;
  if (version === null || isVersion(version)) return version;
  throw bad("version", version);
}

/** Fingerprints of the weights that the folder held before, and their versions (`earlier` in its fatezero.json). */
export function earlierVersions(settings: JsonObject | null): ReadonlyMap<string, number> {
  const entries = Object.entries((settings?.earlier ?? {}) as object).map(([text, fingerprint]) => {
    const version = Number(text);
    if (!isVersion(version) || typeof fingerprint !== "string") throw bad("earlier", settings?.earlier);
    return [fingerprint, version] as const;
  });
  return new Map(entries);
}

/**
 * That an inversion is of other weights of the same model, in words: "an older version of tinytown (1, this is 2)"; null
 * where it is not known to be. One that carries no number is older than the numbers.
 */
export function otherVersion(model: Model, made: Inversion["model"]): string | null {
  const { settings } = model.checkpoint;
  const own = modelVersion(settings);
  const listed = earlierVersions(settings).get(made.fingerprint);
  if (own === null || (listed === undefined && made.name !== model.name)) return null;
  const version = listed ?? made.version ?? null;
  if (version === own) return null;
  const age = version !== null && version > own ? "a newer" : "an older";
  return `${age} version of ${model.name} (${version ?? "without a number"}, this is ${own})`;
}
