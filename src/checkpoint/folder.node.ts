import { access, readdir, readFile, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { FateZeroError } from "../errors.ts";
import { readSafetensorsHeader } from "../tensor/index.ts";
import { canonicalTextNames, canonicalVaeNames } from "./names.ts";
import type { Checkpoint, Component, JsonObject, NamedWeights, TokenizerFiles, WeightInfo } from "./types.ts";

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function readJson(file: string): Promise<JsonObject> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    throw new FateZeroError(
      "checkpoint-incomplete",
      `The checkpoint lacks ${file}.`,
      "Give --model a complete folder in the diffusers layout (unet/, vae/, text_encoder/, tokenizer/, scheduler/).",
      { cause },
    );
  }
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as JsonObject;
  } catch {
    // Told below, with the file's name.
  }
  throw new FateZeroError("checkpoint-corrupt", `${file} is not a JSON object.`, "Download the file again.");
}

async function shardFiles(folder: string, index: string): Promise<string[]> {
  const { weight_map: map } = await readJson(join(folder, index));
  return [...new Set(Object.values((map ?? {}) as Record<string, string>))].sort();
}

/** The safetensors files of a component: one file, one fp16 file, or the shards that an index lists. */
async function weightFiles(folder: string, stem: string): Promise<string[]> {
  for (const variant of ["", ".fp16"]) {
    if (await exists(join(folder, `${stem}${variant}.safetensors`))) return [`${stem}${variant}.safetensors`];
  }
  const index = `${stem}.safetensors.index.json`;
  if (await exists(join(folder, index))) return shardFiles(folder, index);
  const found = (await readdir(folder).catch(() => [])).filter((name) => /\.(bin|ckpt|pt|pth)$/.test(name));
  const has = found.length > 0 ? ` (it has ${found.join(", ")})` : "";
  throw new FateZeroError(
    "checkpoint-incomplete",
    `The checkpoint lacks ${join(folder, `${stem}.safetensors`)}${has}.`,
    found.length > 0
      ? "PyTorch pickles are not read yet: use the repository's .safetensors files."
      : "Give --model a complete folder in the diffusers layout.",
  );
}

/** Names, types, shapes and places of all weights in a safetensors file. */
export async function weightsOfFile(path: string): Promise<NamedWeights> {
  // ONNX Runtime refuses data files outside their folder, so links (as in the hub's cache) are resolved first.
  const file = await realpath(path);
  const { tensors } = await readSafetensorsHeader(file);
  const weights = new Map<string, WeightInfo>();
  for (const [name, { dtype, shape, offset, length }] of tensors) {
    weights.set(name, { dtype, shape, location: { file, offset, length } });
  }
  return weights;
}

async function readComponent(root: string, name: string, stem: string): Promise<Component> {
  const folder = join(root, name);
  const config = await readJson(join(folder, "config.json"));
  const weights = new Map<string, WeightInfo>();
  for (const file of await weightFiles(folder, stem)) {
    for (const [key, info] of await weightsOfFile(join(folder, file))) weights.set(key, info);
  }
  return { label: folder, config, weights };
}

async function readTokenizer(folder: string): Promise<TokenizerFiles> {
  const optional = (name: string) => readFile(join(folder, name), "utf8").catch(() => undefined);
  const required = async (name: string) => {
    const text = await optional(name);
    if (text !== undefined) return text;
    throw new FateZeroError(
      "checkpoint-incomplete",
      `The checkpoint lacks ${join(folder, name)}.`,
      "Give --model a complete folder in the diffusers layout.",
    );
  };
  const config = await optional("tokenizer_config.json");
  const specialTokens = await optional("special_tokens_map.json");
  return {
    vocab: await required("vocab.json"),
    merges: await required("merges.txt"),
    ...(config === undefined ? {} : { config }),
    ...(specialTokens === undefined ? {} : { specialTokens }),
  };
}

/**
 * Reads a checkpoint folder in the diffusers layout: configurations, and where each weight is. No weight is loaded.
 * Throws FateZeroError naming what is missing or broken.
 */
export async function openCheckpointFolder(root: string, name = root): Promise<Checkpoint> {
  const info = await stat(root).catch(() => null);
  if (!info?.isDirectory()) {
    throw new FateZeroError(
      "model-not-found",
      `There is no model folder ${root}.`,
      'Give --model "tinytown" or the path of a folder in the diffusers layout.',
    );
  }
  const [unet, vae, textEncoder, tokenizer, scheduler] = await Promise.all([
    readComponent(root, "unet", "diffusion_pytorch_model"),
    readComponent(root, "vae", "diffusion_pytorch_model"),
    readComponent(root, "text_encoder", "model"),
    readTokenizer(join(root, "tokenizer")),
    readJson(join(root, "scheduler", "scheduler_config.json")),
  ]);
  const settingsFile = join(root, "fatezero.json");
  return {
    name,
    unet,
    vae: { ...vae, weights: canonicalVaeNames(vae.weights) },
    textEncoder: { ...textEncoder, weights: canonicalTextNames(textEncoder.weights) },
    tokenizer,
    scheduler,
    settings: (await exists(settingsFile)) ? await readJson(settingsFile) : null,
  };
}
