import type { ModelParts } from "../checkpoint/index.ts";
import { FateZeroError } from "../errors.ts";
import { embeddedModels } from "../pipeline/index.node.ts";
import { ALL_FIELDS, codecOf, type FieldKey } from "../request/index.ts";
import { type Said, say, the } from "../say.ts";
import { quoteArgument } from "./quote.ts";

/** Parts of a model that are files or repositories. */
const PLACES = ["vae", "lora", "embeddings"] as const satisfies readonly FieldKey[];

/** A field with each of its values, as they would be given. */
function given(key: FieldKey, value: unknown): readonly Said[] {
  const { type } = ALL_FIELDS[key];
  if (type.kind === "flag") return value === true ? [[the(key)]] : [];
  return codecOf(type)
    .write(value)
    .map((text) => [the(key, quoteArgument(text))]);
}

/**
 * Refuses a model that only a saved inversion names, unless it comes with the program: what a file says never has anything
 * downloaded or opened. Throws FateZeroError `model-not-named`, which says what to give.
 */
export function requireNamed(file: string, name: string, parts: ModelParts): void {
  const places = PLACES.filter((key) => parts[key] !== undefined);
  if (embeddedModels().has(name) && places.length === 0) return;
  const keys = (Object.keys(parts) as (keyof ModelParts)[]).filter((key) => parts[key] !== undefined);
  const all = [...given("model", name), ...keys.flatMap((key) => given(key, parts[key]))];
  const added = places.length > 0 ? ", with files added to it" : "";
  throw new FateZeroError(
    "model-not-named",
    `The saved inversion "${file}" was made with the model "${name}"${added}, and what a file names is neither downloaded nor opened by itself.`,
    say`If you trust it, name it: ${all.flatMap((one, i): Said => (i === 0 ? one : [" ", ...one]))}`,
  );
}
