import { readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { FateZeroError } from "../../../errors.ts";
import { embeddedModels, loadModel } from "../../../pipeline/index.node.ts";
import type { Model } from "../../../pipeline/index.ts";
import { formatBytes } from "../../../quantity.ts";
import { wrap } from "../../terminal/text.ts";
import { cachedLines } from "./cached-lines.ts";

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

const WIDTH = 80;
const row = (name: string, text: string): string =>
  wrap(text, WIDTH - 12)
    .map((line, i) => (i === 0 ? `  ${name}`.padEnd(12) : "".padEnd(12)) + line)
    .join("\n");

/** What a model is, from its files alone: nothing is computed. */
async function describe(model: Model, path: string): Promise<string> {
  const { unet, vae, tokenizer, checkpoint } = model;
  const words = checkpoint.settings?.words;
  const presets = Object.keys(checkpoint.settings?.presets ?? {});
  return [
    model.name,
    row("path", path),
    row(
      "files",
      `${formatBytes(await bytesUnder(path))}; the UNet takes ${formatBytes(model.unetBytes)} of memory`,
    ),
    row("works at", `${model.size} pixels (--size takes multiples of ${model.sizeMultiple})`),
    row("latents", `${vae.latentChannels} channels, ${vae.downscale} pixels each`),
    row(
      "UNet",
      `channels ${unet.channels.join(", ")}; ${model.tuned ? "tuned on a clip" : "not tuned on a clip"}`,
    ),
    row("prompts", `up to ${tokenizer.maxLength - 2} tokens`),
    row("presets", presets.length > 0 ? `its own for ${presets.join(", ")}` : "the paper's"),
    row("knows", words ? `${words.length} words: ${words.join(" ")}` : "what Stable Diffusion was taught"),
    row("id", model.fingerprint),
  ].join("\n");
}

async function subfolders(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map((entry) => join(folder, entry.name));
}

const isModel = (folder: string): Promise<boolean> =>
  stat(join(folder, "unet", "config.json")).then(
    () => true,
    () => false,
  );

/**
 * `fatezero models list`: the models that come with the program and those in the Hugging Face cache, or the one that
 * `folder` is or holds, or those right below it. Throws FateZeroError on a folder without a model or a broken one.
 */
export async function listModels(folder?: string): Promise<string> {
  if (folder === undefined) {
    const models = [...embeddedModels()].map(async ([name, path]) => describe(await loadModel(name), path));
    const hint =
      'Others are named by --model PATH or --model OWNER/NAME; "fatezero models PATH" describes those in a folder.';
    return [...(await Promise.all(models)), ...(await cachedLines(process.env)), hint].join("\n\n");
  }
  const isFile = (await stat(folder).catch(() => null))?.isFile();
  if (isFile) return describe(await loadModel(folder), resolve(folder));
  const found: string[] = [];
  for (const path of [folder, ...(await subfolders(folder))]) if (await isModel(path)) found.push(path);
  if (found.length === 0) {
    throw new FateZeroError(
      "model-not-found",
      `There is no model in "${folder}".`,
      "Name a folder in the diffusers layout (unet/, vae/, text_encoder/, tokenizer/, scheduler/), or one with such folders.",
    );
  }
  return (await Promise.all(found.map(async (path) => describe(await loadModel(path), resolve(path))))).join(
    "\n\n",
  );
}
