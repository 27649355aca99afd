import { access, readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { FateZeroError } from "../errors.ts";
import { fileFault, isAbsent } from "../file-fault.ts";
import { isJsonObject, readJsonObject, shownJson } from "../json.ts";
import { MAX_SHARDS, MAX_TENSORS } from "../limits.ts";
import { readText, readTextIfThere } from "../read-text.node.ts";
import { say, the } from "../say.ts";
import { weightsOfFile } from "./files.node.ts";
import { canonicalTextNames, canonicalVaeNames } from "./names.ts";
import { readSettings } from "./settings.ts";
import { readTokenizer } from "./tokenizer-folder.node.ts";
import type { Checkpoint, Component, JsonObject, WeightInfo } from "./types.ts";
import { chooseWeights, DIFFUSION_STEM, TEXT_STEM, type Variant, type WeightStem } from "./weight-files.ts";

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function readJson(file: string): Promise<JsonObject> {
  const text = await readText(
    file,
    (cause) =>
      new FateZeroError(
        "checkpoint-incomplete",
        `The checkpoint lacks ${file}.`,
        say`Give ${the("model")} a complete folder in the diffusers layout (unet/, vae/, text_encoder/, tokenizer/, scheduler/).`,
        { cause },
      ),
  );
  return jsonOf(file, text);
}

function jsonOf(file: string, text: string): JsonObject {
  const read = readJsonObject(text);
  if (read.fault === null) return read.value;
  throw new FateZeroError("checkpoint-corrupt", `${file} ${read.fault}.`, "Download the file again.");
}

/** The JSON object of a file that need not be there. */
export async function readJsonIfThere(file: string): Promise<JsonObject | null> {
  const text = await readTextIfThere(file);
  return text === undefined ? null : jsonOf(file, text);
}

async function shardFiles(folder: string, index: string): Promise<string[]> {
  const file = join(folder, index);
  const { weight_map: map } = await readJson(file);
  const corrupt = (what: string): FateZeroError =>
    new FateZeroError("checkpoint-corrupt", `${file} ${what}.`, "Download the file again.");
  if (!isJsonObject(map)) throw corrupt(`has ${shownJson(map)} for "weight_map", no list of weights`);
  const shards = [...new Set(Object.values(map))];
  if (shards.length > MAX_SHARDS) throw corrupt(`names ${shards.length} files, more than ${MAX_SHARDS}`);
  return shards
    .map((name) => {
      if (typeof name === "string" && basename(name) === name) return name;
      throw corrupt(`names the file ${shownJson(name)}, which is not in its folder`);
    })
    .sort();
}

/** Files of a component's weights, one or the shards that an index lists, and the variant that they are of. */
async function weightFiles(folder: string, stem: WeightStem, wanted?: Variant) {
  const names = await readdir(folder).catch((cause: unknown) => {
    if (isAbsent(cause)) return [];
    throw fileFault(folder, cause);
  });
  const choice = chooseWeights(new Set(names), stem, wanted);
  if (choice) {
    const files = choice.isIndex ? await shardFiles(folder, choice.file) : [choice.file];
    return { files, variant: choice.variant };
  }
  throw new FateZeroError(
    "checkpoint-incomplete",
    `The checkpoint lacks ${join(folder, `${stem.safetensors}.safetensors`)}.`,
    say`Give ${the("model")} a complete folder in the diffusers layout.`,
  );
}

function tooMany(folder: string): FateZeroError {
  return new FateZeroError(
    "checkpoint-corrupt",
    `The files of ${folder} hold more than ${MAX_TENSORS} tensors.`,
    "Download the model again.",
  );
}

/** Reads one network's folder: its config.json, and where its weights are. */
export async function readComponent(folder: string, stem: WeightStem, wanted?: Variant): Promise<Component> {
  const config = await readJson(join(folder, "config.json"));
  const weights = new Map<string, WeightInfo>();
  const { files, variant } = await weightFiles(folder, stem, wanted);
  for (const file of files) {
    for (const [key, info] of await weightsOfFile(join(folder, file))) weights.set(key, info);
    if (weights.size > MAX_TENSORS) throw tooMany(folder);
  }
  return { label: folder, config, weights, ...(variant ? { variant } : {}) };
}

/**
 * Reads a checkpoint folder in the diffusers layout: configurations, and where each weight is. No weight is loaded.
 * Throws FateZeroError naming what is missing or broken.
 */
export async function openCheckpointFolder(
  root: string,
  name = root,
  variant?: Variant,
): Promise<Checkpoint> {
  const info = await stat(root).catch(() => null);
  if (!info?.isDirectory()) {
    throw new FateZeroError(
      "model-not-found",
      `There is no model folder ${root}.`,
      say`Give ${the("model")} "tinytown" or the path of a folder in the diffusers layout.`,
    );
  }
  const [unet, vae, textEncoder, scheduler] = await Promise.all([
    readComponent(join(root, "unet"), DIFFUSION_STEM, variant),
    readComponent(join(root, "vae"), DIFFUSION_STEM, variant),
    readComponent(join(root, "text_encoder"), TEXT_STEM, variant),
    readJson(join(root, "scheduler", "scheduler_config.json")),
  ]);
  const settingsFile = join(root, "fatezero.json");
  return {
    name,
    unet,
    vae: { ...vae, weights: canonicalVaeNames(vae.weights) },
    textEncoder: { ...textEncoder, weights: canonicalTextNames(textEncoder.weights) },
    tokenizer: await readTokenizer(join(root, "tokenizer"), textEncoder.config),
    scheduler,
    settings: (await exists(settingsFile)) ? readSettings(await readJson(settingsFile), settingsFile) : null,
  };
}
