import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { requireText } from "../argument.ts";
import { openClipFolder } from "../checkpoint/index.node.ts";
import { defined } from "../defined.ts";
import { FateZeroError } from "../errors.ts";
import { parseRepository } from "../hub/index.ts";
import { openEngine } from "../runtime/index.node.ts";
import type { EngineOptions } from "../runtime/index.ts";
import { checkConfigs } from "./check-configs.ts";
import { type ClipModel, createClip } from "./clip.ts";
import { embeddedModels } from "./open-checkpoint.node.ts";
import { type DownloadOptions, snapshotFolder } from "./snapshot-folder.node.ts";

/** How a CLIP is fetched and computed: in single precision. */
export interface LoadClipOptions extends DownloadOptions, Omit<EngineOptions, "precision"> {}

async function folderOf(name: string, options: DownloadOptions): Promise<string> {
  const embedded = embeddedModels().get(name);
  if (embedded !== undefined) return embedded;
  const path = resolve(name);
  const info = await stat(path).catch(() => null);
  if (info?.isDirectory()) return path;
  const repository = info ? null : parseRepository(name);
  if (repository)
    return snapshotFolder(name, repository, "clip", { ...options, check: checkConfigs(name, "clip") });
  throw new FateZeroError(
    "model-not-found",
    info ? `"${name}" is a file, and a CLIP a folder.` : `There is no CLIP "${name}": no folder is there.`,
    'Name "tinytown", a folder in the layout of openai/clip-vit-base-patch32, or a hub id such as that.',
  );
}

/**
 * Loads a CLIP, which measures edits: `"tinytown"`, the small one beside the model that ships with the package and knows
 * its words alone; the path of a folder in transformers' layout, or of a model's that has one in its `clip/`; or a hub id
 * like `"openai/clip-vit-base-patch32"`, the one of the paper, which is downloaded into the Hugging Face cache. Weights stay
 * in their files.
 *
 * @throws FateZeroError naming what is missing or does not fit
 *
 * @example
 * await using clip = await loadClip("openai/clip-vit-base-patch32");
 * const frames = await clip.embedImages(video.frames);
 * const consistency = temporalConsistency(frames);
 */
export async function loadClip(name: string, options: LoadClipOptions = {}): Promise<ClipModel> {
  requireText(name, "loadClip", "the name of a CLIP");
  const { device, threads, memory, ...download } = options;
  const engine = await openEngine(defined({ device, precision: "fp32", threads, memory } as const), {
    signal: download.signal,
    onWarning: download.onEvent,
  });
  return createClip(await openClipFolder(await folderOf(name, download), name), engine);
}
