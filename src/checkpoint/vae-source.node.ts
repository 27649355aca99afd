import { stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { FateZeroError } from "../errors.ts";
import { say, the } from "../say.ts";
import { weightsOfFile } from "./files.node.ts";
import { readComponent } from "./folder.node.ts";
import { canonicalVaeNames } from "./names.ts";
import { below, inferVaeConfig, splitVae, VAE_PREFIX } from "./original/index.ts";
import { isTinyHalf, isTinyVae, openTinyHalves, tinyHalves, tinyVae } from "./tiny-vae.node.ts";
import type { Component } from "./types.ts";
import { DIFFUSION_STEM, type Variant } from "./weight-files.ts";

/** Original names of a VAE have `down`, diffusers' have `down_blocks`. */
const isOriginal = (name: string): boolean => /^encoder\.down\.\d/.test(name);
const isDiffusers = (name: string): boolean => /^encoder\.down_blocks\.\d/.test(name);

/** The tree of a VAE under diffusers' names. */
function diffusersLayout(names: readonly string[]) {
  const count = (pattern: RegExp): number =>
    Math.max(0, ...names.flatMap((name) => (pattern.exec(name) ? [Number(pattern.exec(name)![1]) + 1] : [])));
  return {
    levels: count(/^encoder\.down_blocks\.(\d{1,2})\./),
    resnets: count(/^encoder\.down_blocks\.0\.resnets\.(\d{1,2})\./),
  };
}

async function vaeOfFile(file: string): Promise<Component> {
  const all = await weightsOfFile(file);
  const inner = below(all, VAE_PREFIX);
  const found = inner.size > 0 ? inner : all;
  const names = [...found.keys()];
  if (names.some(isOriginal)) {
    const { weights, layout } = splitVae(found);
    return { label: file, config: inferVaeConfig(weights, layout), configFrom: "shapes", weights };
  }
  if (names.some(isDiffusers)) {
    const weights = canonicalVaeNames(found);
    return {
      label: file,
      config: inferVaeConfig(weights, diffusersLayout(names)),
      configFrom: "shapes",
      weights,
    };
  }
  if (isTinyVae(names)) return tinyVae(file, found);
  if (isTinyHalf(names)) return openTinyHalves(file);
  throw new FateZeroError(
    "model-unsupported",
    `${file} holds no VAE: none of its ${names.length} tensors is of an encoder.`,
    say`Give ${the("vae")} a VAE's folder or file, or a checkpoint that has one.`,
  );
}

/** Whether a folder has its VAE in one of its own, as a model's has. */
export async function hasOwnVae(path: string): Promise<boolean> {
  if (basename(path) === "vae") return false;
  return (await stat(join(path, "vae")).catch(() => null))?.isDirectory() ?? false;
}

/**
 * Opens a VAE by itself: a file (its own, or a whole checkpoint's), a `vae/` folder, a model folder that has one, or the
 * two files of a TAESD by one of them or by their folder.
 * Throws FateZeroError where there is none.
 */
export async function openVae(path: string, variant?: Variant): Promise<Component> {
  const info = await stat(path).catch(() => null);
  if (!info) {
    throw new FateZeroError(
      "model-not-found",
      `There is no VAE ${path}.`,
      say`Check the path given to ${the("vae")}.`,
    );
  }
  if (info.isFile()) return vaeOfFile(path);
  const folder = (await hasOwnVae(path)) ? join(path, "vae") : path;
  const isPlain = (await stat(join(folder, "config.json")).catch(() => null)) === null;
  if (isPlain && (await tinyHalves(folder))) return openTinyHalves(folder);
  const vae = await readComponent(folder, DIFFUSION_STEM, variant).catch((cause: unknown) => {
    if (!(cause instanceof FateZeroError) || cause.code !== "checkpoint-incomplete") throw cause;
    const message = `${folder} holds no whole VAE: it lacks its config.json or its weights.`;
    throw new FateZeroError(cause.code, message, say`Give ${the("vae")} a VAE's folder or file.`, { cause });
  });
  return { ...vae, weights: canonicalVaeNames(vae.weights) };
}
