import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import {
  removeLeftovers,
  replacePath,
  temporarySibling,
  writeFault,
  writeSafetensors,
} from "../files/index.node.ts";
import { bytesPerElement, float32ToFloat16, sizeOf, type TensorToCopy, toFloat32 } from "../tensor/index.ts";
import { bytesOfWeight } from "./read-weight.ts";
import type { Checkpoint, Component, NamedWeights, WeightInfo } from "./types.ts";
import { DIFFUSION_STEM, TEXT_STEM, type WeightStem } from "./weight-files.ts";

/** Bits of a weight in a file that is written. */
export type WeightPrecision = "fp16" | "fp32";

const DTYPES = { fp16: "float16", fp32: "float32" } as const;

/** A weight as a file of another precision holds it; whole numbers stay. */
export function copyOfWeight(weight: WeightInfo, precision: WeightPrecision): TensorToCopy {
  const { dtype, shape } = weight;
  const wanted = DTYPES[precision];
  if (!/float/.test(dtype) || dtype === wanted) return { dtype, shape, bytes: () => bytesOfWeight(weight) };
  return {
    dtype: wanted,
    shape,
    async bytes() {
      const values = toFloat32(dtype, await bytesOfWeight(weight));
      const { buffer, byteOffset, byteLength } = wanted === "float32" ? values : float32ToFloat16(values);
      return new Uint8Array(buffer, byteOffset, byteLength);
    },
  };
}

/** Bytes that weights take in a file. */
export function bytesInFile(weights: NamedWeights, precision: WeightPrecision): number {
  let bytes = 0;
  for (const { dtype, shape } of weights.values())
    bytes += sizeOf(shape) * bytesPerElement(/float/.test(dtype) ? DTYPES[precision] : dtype);
  return bytes;
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

async function writeComponent(
  folder: string,
  { config, weights }: Component,
  stem: WeightStem,
  { precision, metadata }: FolderOptions,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "config.json"), json(config));
  const tensors = [...weights].map(([name, weight]) => [name, copyOfWeight(weight, precision)] as const);
  const about = { format: "pt", ...metadata };
  await writeSafetensors(join(folder, `${stem.safetensors}.safetensors`), Object.fromEntries(tensors), about);
}

async function writeTokenizer(folder: string, checkpoint: Checkpoint): Promise<void> {
  const { vocab, merges, config, addedTokens, specialTokens } = checkpoint.tokenizer;
  const files = {
    "vocab.json": vocab,
    "merges.txt": merges,
    "tokenizer_config.json": config,
    "added_tokens.json": addedTokens,
    "special_tokens_map.json": specialTokens,
  };
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(files))
    if (text !== undefined) await writeFile(join(folder, name), text);
}

export interface FolderOptions {
  readonly precision: WeightPrecision;
  /** What stands in the files of weights beside them: texts by name. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** What a pipeline's parts are, as diffusers' index of a folder tells it. */
const indexOf = ({ unet, vae }: Checkpoint) => ({
  _class_name: "StableDiffusionPipeline",
  _diffusers_version: "0.11.1",
  scheduler: ["diffusers", "DDIMScheduler"],
  text_encoder: ["transformers", "CLIPTextModel"],
  tokenizer: ["transformers", "CLIPTokenizer"],
  unet: ["diffusers", unet.config._class_name ?? "UNet2DConditionModel"],
  vae: ["diffusers", vae.config._class_name ?? "AutoencoderKL"],
});

/**
 * Writes a checkpoint as a folder in the diffusers layout, weight by weight. A folder of that name is replaced when the new
 * one is complete. LoRA and embeddings that were added are not in it.
 *
 * @throws FateZeroError `no-space`, `file-access`
 */
export async function writeCheckpointFolder(
  folder: string,
  checkpoint: Checkpoint,
  options: FolderOptions,
): Promise<void> {
  const root = resolve(folder);
  const { unet, vae, textEncoder, scheduler, settings } = checkpoint;
  await mkdir(dirname(root), { recursive: true });
  await removeLeftovers(root);
  const partial = temporarySibling(root);
  try {
    await writeComponent(join(partial, "unet"), unet, DIFFUSION_STEM, options);
    await writeComponent(join(partial, "vae"), vae, DIFFUSION_STEM, options);
    await writeComponent(join(partial, "text_encoder"), textEncoder, TEXT_STEM, options);
    await writeTokenizer(join(partial, "tokenizer"), checkpoint);
    await mkdir(join(partial, "scheduler"));
    await writeFile(join(partial, "scheduler", "scheduler_config.json"), json(scheduler));
    await writeFile(join(partial, "model_index.json"), json(indexOf(checkpoint)));
    if (settings) await writeFile(join(partial, "fatezero.json"), json(settings));
    await replacePath(partial, root, "folder");
  } catch (cause) {
    await rm(partial, { recursive: true, force: true });
    throw writeFault(root, cause);
  }
}
