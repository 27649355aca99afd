import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { inRepository } from "./fixtures.ts";

/** Files of a repository by their paths. */
export type Files = Readonly<Record<string, Uint8Array>>;

/** Bytes that look like weights: no two seeds give the same. */
export function noise(length: number, seed: number): Uint8Array {
  let state = seed * 2654435761 + 1;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
}

/** Files of a small repository in the diffusers layout, and what else such repositories hold. */
export function pipelineFiles(weightBytes = 50_000): Record<string, Uint8Array> {
  const json = (value: object): Uint8Array => Buffer.from(JSON.stringify(value));
  return {
    "README.md": Buffer.from("# A model"),
    "model_index.json": json({ _class_name: "StableDiffusionPipeline" }),
    "scheduler/scheduler_config.json": json({ _class_name: "DDIMScheduler" }),
    "tokenizer/vocab.json": json({ a: 0 }),
    "tokenizer/merges.txt": Buffer.from("#version\na b\n"),
    "tokenizer/tokenizer_config.json": json({ model_max_length: 77 }),
    "tokenizer/special_tokens_map.json": json({}),
    "unet/config.json": json({ _class_name: "UNet2DConditionModel", in_channels: 4 }),
    "unet/diffusion_pytorch_model.safetensors": noise(weightBytes, 1),
    "unet/diffusion_pytorch_model.bin": noise(weightBytes, 2),
    "unet/diffusion_pytorch_model.fp16.safetensors": noise(weightBytes / 2, 3),
    "vae/config.json": json({ _class_name: "AutoencoderKL" }),
    "vae/diffusion_pytorch_model.safetensors": noise(weightBytes, 4),
    "text_encoder/config.json": json({ architectures: ["CLIPTextModel"] }),
    "text_encoder/model.safetensors": noise(weightBytes, 5),
    "safety_checker/config.json": json({}),
    "safety_checker/model.safetensors": noise(weightBytes, 6),
    "feature_extractor/preprocessor_config.json": json({}),
    "v1-5-pruned-emaonly.ckpt": noise(weightBytes, 7),
  };
}

/** The files of a folder of this repository. */
export function filesOfFolder(folder: string): Record<string, Uint8Array> {
  const root = inRepository(folder);
  const entries = readdirSync(root, { recursive: true, withFileTypes: true });
  return Object.fromEntries(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [relative(root, path).replaceAll("\\", "/"), readFileSync(path)]),
  );
}
