import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Model } from "../../../pipeline/index.ts";
import { formatBytes } from "../../../quantity.ts";
import { wrap } from "../../terminal/text.ts";

/** What a model is, as `--json` tells it (docs/events.md). */
export interface ModelFacts {
  readonly name: string;
  readonly path: string;
  /** On disk, and of the UNet in memory. */
  readonly bytes: number;
  readonly unetBytes: number;
  /** Pixels: the side that it works at, and what sides are multiples of. */
  readonly size: number;
  readonly sizeMultiple: number;
  /** Which kind of VAE it has, as diffusers calls it. */
  readonly vae: Model["vae"]["kind"];
  readonly latentChannels: number;
  /** Pixels of a latent's side. */
  readonly downscale: number;
  readonly unetChannels: readonly number[];
  readonly tuned: boolean;
  readonly maxTokens: number;
  /** Kinds of edits that it has values of its own for. */
  readonly presets: readonly string[];
  /** All words that it was taught; null where it has no list. */
  readonly words: readonly string[] | null;
  readonly fingerprint: string;
}

/** Bytes of a file, or of all files in a folder. */
async function bytesUnder(folder: string): Promise<number> {
  const info = await stat(folder);
  if (info.isFile()) return info.size;
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => !entry.isDirectory());
  const sizes = await Promise.all(
    files.map(async (entry) => (await stat(join(entry.parentPath, entry.name))).size),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** What a model is, from its files alone: nothing is computed. */
export async function factsOf(model: Model, path: string): Promise<ModelFacts> {
  const { name, unet, vae, tokenizer, checkpoint, unetBytes, size, sizeMultiple, tuned, fingerprint } = model;
  return {
    ...{ name, path, bytes: await bytesUnder(path), unetBytes, size, sizeMultiple },
    vae: vae.kind,
    latentChannels: vae.latentChannels,
    downscale: vae.downscale,
    unetChannels: unet.channels,
    tuned,
    maxTokens: tokenizer.maxLength - 2,
    presets: Object.keys(checkpoint.settings?.presets ?? {}),
    words: checkpoint.settings?.words ?? null,
    fingerprint,
  };
}

const WIDTH = 80;
const row = (name: string, text: string): string =>
  wrap(text, WIDTH - 12)
    .map((line, i) => (i === 0 ? `  ${name}`.padEnd(12) : "".padEnd(12)) + line)
    .join("\n");

/** A model in words, one fact a line. */
export function describe(model: ModelFacts): string {
  const { presets, words } = model;
  return [
    model.name,
    row("path", model.path),
    row("files", `${formatBytes(model.bytes)}; the UNet takes ${formatBytes(model.unetBytes)} of memory`),
    row("works at", `${model.size} pixels (--size takes multiples of ${model.sizeMultiple})`),
    row(
      "latents",
      `${model.latentChannels} channels, ${model.downscale} pixels each, by ${model.vae === "AutoencoderTiny" ? "a tiny VAE (TAESD)" : "a VAE of Stable Diffusion's kind"}`,
    ),
    row(
      "UNet",
      `channels ${model.unetChannels.join(", ")}; ${model.tuned ? "tuned on a clip" : "not tuned on a clip"}`,
    ),
    row("prompts", `up to ${model.maxTokens} tokens`),
    row("presets", presets.length > 0 ? `its own for ${presets.join(", ")}` : "the paper's"),
    row("knows", words ? `${words.length} words: ${words.join(" ")}` : "what Stable Diffusion was taught"),
    row("id", model.fingerprint),
  ].join("\n");
}
