import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import {
  type Delta,
  hasOwnVae,
  openCheckpointFolder,
  openEmbedding,
  openLora,
  openSingleFile,
  openVae,
  readDelta,
  requireInside,
  withDelta,
} from "../checkpoint/index.node.ts";
import type { Checkpoint, Component, ModelParts } from "../checkpoint/index.ts";
import { withEmbeddings, withLora } from "../checkpoint/index.ts";
import { FateZeroError } from "../errors.ts";
import { type CheckFiles, parseRepository } from "../hub/index.ts";
import { leaveOut, say, the } from "../say.ts";
import { fingerprintOf } from "./fingerprint.node.ts";
import { type DownloadOptions, snapshotFolder } from "./snapshot-folder.node.ts";

/** What a checkpoint is put together from, and what is told while it is downloaded. */
export interface OpenOptions extends ModelParts, DownloadOptions {
  /** May refuse a model by its configurations before gigabytes of weights are fetched. @internal */
  readonly check?: CheckFiles;
}

/** Models that the package ships. */
const EMBEDDED: Readonly<Record<string, string>> = { tinytown: "../../models/tinytown" };

/** Names and folders of the models that the package ships. */
export function embeddedModels(): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(EMBEDDED).map(([name, path]) => [name, fileURLToPath(new URL(path, import.meta.url))]),
  );
}

type Place = { readonly kind: "file" | "folder"; readonly path: string };

/** What is read of a folder. */
const PARTS = ["unet", "vae", "text_encoder", "tokenizer", "scheduler", "fatezero.json"];

/** Where a name leads: to an embedded model, a path that is there, or a folder of the hub's cache. */
async function placeOf(name: string, what: "pipeline" | "vae", options: OpenOptions): Promise<Place> {
  const embedded = embeddedModels().get(name);
  if (embedded !== undefined) return { kind: "folder", path: embedded };
  const path = resolve(name);
  const info = await stat(path).catch(() => null);
  if (info?.isDirectory()) {
    await requireInside(path, what === "vae" ? [(await hasOwnVae(path)) ? "vae" : "."] : PARTS);
    return { kind: "folder", path };
  }
  if (info) return { kind: "file", path };
  const repository = /\.(safetensors|ckpt|pt|pth|bin)$/.test(name) ? null : parseRepository(name);
  if (!repository) throw notFound(name, what);
  const { check, ...download } = options;
  const asked = { ...download, ...(check && what === "pipeline" ? { check } : {}) };
  return { kind: "folder", path: await snapshotFolder(name, repository, what, asked) };
}

function notFound(name: string, what: "pipeline" | "vae"): FateZeroError {
  return what === "vae"
    ? new FateZeroError(
        "model-not-found",
        `There is no VAE "${name}": no file or folder is there.`,
        "Check the path, or name a hub id such as stabilityai/sd-vae-ft-mse.",
      )
    : new FateZeroError(
        "model-not-found",
        `There is no model "${name}": no file or folder is there.`,
        'Name "tinytown", a folder in the diffusers layout, a .safetensors or .ckpt file, or a hub id such as "CompVis/stable-diffusion-v1-4".',
      );
}

/** Opens a VAE by what a user calls it: a path, or a hub id, which is downloaded where the cache lacks it. */
export async function vaeOf(name: string, options: OpenOptions): Promise<Component> {
  return openVae((await placeOf(name, "vae", options)).path, options.variant);
}

/** Tells that a variant was asked for which is not there. */
function withVariantNote(checkpoint: Checkpoint, { variant }: OpenOptions): Checkpoint {
  const { name, unet, vae, textEncoder, notes = [] } = checkpoint;
  const lacking = Object.entries({ unet, vae, "text encoder": textEncoder }).flatMap(([part, component]) =>
    component.variant === variant ? [] : [part],
  );
  if (variant === undefined || lacking.length === 0) return checkpoint;
  const message = `${name} has no ${variant} weights for ${lacking.join(", ")}: what it has is taken.`;
  return { ...checkpoint, notes: [...notes, { code: "no-variant", message }] };
}

/**
 * The model that a file of changed weights belongs to, with them in place of its own. What only the file names is opened
 * where it comes with the program or lies in the hub's cache.
 */
async function openOver(delta: Delta, file: string, options: OpenOptions): Promise<Checkpoint> {
  const { base: asked, ...own } = options;
  const name = asked ?? delta.base;
  const isKnown = embeddedModels().has(name) || (await stat(resolve(name)).catch(() => null)) === null;
  if (asked === undefined && !isKnown) {
    throw new FateZeroError(
      "model-not-named",
      `"${file}" holds changed weights of the model "${name}", and what a file names is not opened by itself.`,
      say`If you trust it, name it: ${the("base", name)}`,
    );
  }
  const opening = asked === undefined ? { ...own, mayDownload: () => false } : own;
  const base = await openBase(name, opening);
  const { vae: _, prediction: __, ...plain } = opening;
  // Another VAE or prediction was asked for on top of what the weights were changed of.
  const bare =
    options.vae === undefined && options.prediction === undefined ? base : await openBase(name, plain);
  if ((await fingerprintOf(bare)) === delta.fingerprint) return withDelta(base, delta, file);
  throw new FateZeroError(
    "model-differs",
    `"${file}" holds changed weights of another model than ${name} is: their fingerprints differ.`,
    say`Name the model that was tuned by ${the("base")}: it was called "${delta.base}".`,
  );
}

async function openBase(name: string, options: OpenOptions): Promise<Checkpoint> {
  const { kind, path } = await placeOf(name, "pipeline", options);
  const delta = kind === "file" ? await readDelta(path) : null;
  if (delta) return openOver(delta, name, options);
  if (options.base !== undefined) {
    throw new FateZeroError(
      "base-unused",
      `${name} is a whole model and no file of changed weights, so ${options.base} would not be used.`,
      say`${leaveOut("base")}.`,
    );
  }
  const vae = options.vae === undefined ? undefined : await vaeOf(options.vae, options);
  if (kind === "file") return openSingleFile(path, name, { ...options, vae });
  if (options.ema) {
    throw new FateZeroError(
      "no-averages",
      `${name} is a folder, which holds one set of weights and no averages of its training beside them.`,
      say`${leaveOut("ema")}.`,
    );
  }
  const checkpoint = await openCheckpointFolder(path, name, options.variant);
  return {
    ...checkpoint,
    ...(vae ? { vae } : {}),
    ...(options.prediction
      ? { scheduler: { ...checkpoint.scheduler, prediction_type: options.prediction } }
      : {}),
  };
}

/** The options that say what a model is made of, without those that are unset; files by their whole paths. */
async function partsOf(options: OpenOptions): Promise<ModelParts> {
  const { variant, vae, lora, embeddings, prediction, ema, base } = options;
  const fromAnywhere = async (name: string): Promise<string> =>
    (await stat(name).catch(() => null)) === null ? name : resolve(name);
  const inFull = <T extends { readonly path: string }>(list: readonly T[]): T[] =>
    list.map((file) => ({ ...file, path: resolve(file.path) }));
  return {
    ...(variant ? { variant } : {}),
    ...(vae === undefined ? {} : { vae: await fromAnywhere(vae) }),
    ...(base === undefined ? {} : { base: await fromAnywhere(base) }),
    ...(lora?.length ? { lora: inFull(lora) } : {}),
    ...(embeddings?.length ? { embeddings: inFull(embeddings) } : {}),
    ...(prediction ? { prediction } : {}),
    ...(ema ? { ema } : {}),
  };
}

/**
 * Opens a checkpoint by what a user calls it: an embedded model, a folder in the diffusers layout, a single file, or a hub
 * id, which is downloaded where the cache lacks it; with another VAE, LoRA files and embeddings as asked for. No weight is
 * loaded. Throws FateZeroError naming what is missing or does not fit.
 */
export async function openCheckpoint(name: string, options: OpenOptions = {}): Promise<Checkpoint> {
  const { lora = [], embeddings = [] } = options;
  const base = withVariantNote(await openBase(name, options), options);
  const files = await Promise.all(lora.map(({ path, scale }) => openLora(path, scale)));
  const words = await Promise.all(embeddings.map(({ path, word }) => openEmbedding(path, word ?? null)));
  const checkpoint = await withEmbeddings(await withLora(base, files), words);
  return { ...checkpoint, parts: await partsOf(options) };
}
