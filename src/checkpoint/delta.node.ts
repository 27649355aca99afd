import { FateZeroError } from "../errors.ts";
import { writeSafetensors } from "../files/index.node.ts";
import { readJsonObject } from "../json.ts";
import { openWeightFile } from "./files.node.ts";
import { type ModelSettings, readSettings } from "./settings.ts";
import type { Checkpoint, JsonObject, NamedWeights } from "./types.ts";
import { copyOfWeight, type WeightPrecision } from "./write-folder.node.ts";

/** What the file's metadata has as its `format`. */
const FORMAT = "fatezero-delta";

/** The weights of a UNet that differ from another model's, which the file names: a small file that is whole over that one. */
export interface Delta {
  /** What the base model was called: `tinytown`, a hub id, or a path. */
  readonly base: string;
  /** Of the base model: over another one the weights mean nothing. */
  readonly fingerprint: string;
  /** The UNet's config.json. */
  readonly config: JsonObject;
  /** The tuned model's own fatezero.json. */
  readonly settings: ModelSettings;
  /** Changed weights, and those that the base has not. */
  readonly weights: NamedWeights;
}

/** Writes changed weights as one `.safetensors` file. Throws FateZeroError `no-space`, `file-access`. */
export function writeDelta(
  file: string,
  { base, fingerprint, config, settings, weights }: Delta,
  {
    precision,
    metadata,
  }: { readonly precision: WeightPrecision; readonly metadata: Readonly<Record<string, string>> },
): Promise<void> {
  const tensors = [...weights].map(([name, weight]) => [name, copyOfWeight(weight, precision)] as const);
  const about = { ...metadata, format: FORMAT, base, base_fingerprint: fingerprint };
  const parts = { config: JSON.stringify(config), settings: JSON.stringify(settings) };
  return writeSafetensors(file, Object.fromEntries(tensors), { ...about, ...parts });
}

/** Opens a file of changed weights; null where it is another kind of file. No weight is loaded. */
export async function readDelta(path: string): Promise<Delta | null> {
  if (!/\.safetensors$/i.test(path)) return null;
  const { weights, facts } = await openWeightFile(path);
  if (facts.get("format") !== FORMAT) return null;
  const text = (key: string): string => {
    const value = facts.get(key);
    if (typeof value === "string" && value !== "") return value;
    throw corrupt(path, `it has no "${key}"`);
  };
  const object = (key: string): JsonObject => {
    const read = readJsonObject(text(key));
    if (read.fault !== null) throw corrupt(path, `its "${key}" ${read.fault}`);
    return read.value;
  };
  return {
    base: text("base"),
    fingerprint: text("base_fingerprint"),
    config: object("config"),
    settings: readSettings(object("settings"), path),
    weights,
  };
}

function corrupt(path: string, what: string): FateZeroError {
  return new FateZeroError(
    "checkpoint-corrupt",
    `${path} is a file of changed weights, but ${what}.`,
    "Write it again with fatezero tune.",
  );
}

/** The base model with the changed weights in place of its own, under the name of the file. */
export function withDelta(base: Checkpoint, { config, settings, weights }: Delta, name: string): Checkpoint {
  const { variant: _, ...unet } = base.unet;
  return {
    ...base,
    name,
    settings,
    unet: { ...unet, config, weights: new Map([...unet.weights, ...weights]) },
  };
}
