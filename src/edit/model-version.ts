import type { ModelSettings } from "../checkpoint/index.ts";
import { type Model, partsOf } from "../pipeline/index.ts";
import type { Inversion } from "./inversion.ts";

/** What an inversion says of the model that made it. */
export function describeModel(model: Model): Inversion["model"] {
  const { name, fingerprint, checkpoint } = model;
  const version = checkpoint.settings?.version;
  return { name, fingerprint, ...(version === undefined ? {} : { version }), ...partsOf(model) };
}

/** Versions of a model folder's earlier weights by their fingerprints. */
export function earlierVersions(settings: ModelSettings | null): ReadonlyMap<string, number> {
  const listed = Object.entries(settings?.earlier ?? {});
  return new Map(listed.map(([version, fingerprint]) => [fingerprint, Number(version)]));
}

/**
 * That an inversion is of other weights of the same model, in words: "an older version of tinytown (1, this is 2)"; null
 * where it is not known to be. One that carries no number is older than the numbers.
 */
export function otherVersion(model: Model, made: Inversion["model"]): string | null {
  const { settings } = model.checkpoint;
  const own = settings?.version;
  const listed = earlierVersions(settings).get(made.fingerprint);
  if (own === undefined || (listed === undefined && made.name !== model.name)) return null;
  const version = listed ?? made.version;
  if (version === own) return null;
  const age = version !== undefined && version > own ? "a newer" : "an older";
  return `${age} version of ${model.name} (${version ?? "without a number"}, this is ${own})`;
}
