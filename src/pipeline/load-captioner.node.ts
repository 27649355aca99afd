import { stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { requireText } from "../argument.ts";
import { openBlipFolder, openClipFolder } from "../checkpoint/index.node.ts";
import { defined } from "../defined.ts";
import { FateZeroError } from "../errors.ts";
import { type CheckFiles, parseRepository, type Repository } from "../hub/index.ts";
import { openEngine } from "../runtime/index.node.ts";
import type { EngineOptions } from "../runtime/index.ts";
import { createBlipCaptioner } from "./blip-captioner.ts";
import type { Captioner } from "./captioner.ts";
import { checkConfigs } from "./check-configs.ts";
import { createClip } from "./clip.ts";
import { fingerprintOf } from "./fingerprint.node.ts";
import { createFormCaptioner } from "./form-captioner.ts";
import { createModel, type Model } from "./model.ts";
import { embeddedModels, openCheckpoint } from "./open-checkpoint.node.ts";
import { type DownloadOptions, snapshotFolder } from "./snapshot-folder.node.ts";

/** How a captioner is fetched and computed: in single precision. */
export interface LoadCaptionerOptions extends DownloadOptions, Omit<EngineOptions, "precision"> {}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/**
 * The captioner that a model is by itself, where its fatezero.json lists its sentences (`captions`); null where not. The
 * CLIP in the folder of its text encoder is used if there is one. It computes where the model does, and is closed with it.
 */
export async function captionerOf(model: Model): Promise<Captioner | null> {
  const { settings, textEncoder } = model.checkpoint;
  if (!settings?.captions) return null;
  const beside = join(dirname(textEncoder.label), "clip");
  const clip = (await isThere(join(beside, "config.json"))) ? await openClipFolder(beside, model.name) : null;
  return createFormCaptioner(model, settings.captions, clip && createClip(clip, model.engine));
}

function noCaptioner(name: string): FateZeroError {
  return new FateZeroError(
    "model-unsupported",
    `${name} does not describe pictures: it is no captioning BLIP, and it lists no sentences of its own ("captions" in its fatezero.json).`,
    'Name "Salesforce/blip-image-captioning-base", a folder in its layout, or "tinytown" for its own scenes.',
  );
}

/** Refuses a model of the hub without sentences of its own before its weights are fetched. */
const checkCaptions =
  (name: string): CheckFiles =>
  (files) => {
    if (files["fatezero.json"]?.captions === undefined) throw noCaptioner(name);
    checkConfigs(name, "pipeline")(files);
  };

/** The folder of the BLIP that a name stands for; null where it is a model, which may list sentences. */
async function blipFolder(name: string, options: DownloadOptions): Promise<string | null> {
  if (embeddedModels().has(name)) return null;
  const path = resolve(name);
  const info = await stat(path).catch(() => null);
  if (info?.isDirectory()) return (await isThere(join(path, "unet"))) ? null : path;
  if (info) return null;
  const repository: Repository | null = parseRepository(name);
  if (!repository)
    throw new FateZeroError(
      "model-not-found",
      `There is no captioner "${name}": no file or folder is there.`,
      'Name "Salesforce/blip-image-captioning-base", a folder in its layout, or "tinytown" for its own scenes.',
    );
  const check = checkConfigs(name, "captioner");
  return snapshotFolder(name, repository, "captioner", { ...options, check }).catch((error: unknown) => {
    if (error instanceof FateZeroError && error.code === "hub-layout") return null;
    throw error;
  });
}

/**
 * Loads what describes clips: a hub id like `"Salesforce/blip-image-captioning-base"`, which is downloaded into the Hugging
 * Face cache, or a folder in its layout; or a model whose fatezero.json lists its sentences, as `"tinytown"`, which knows
 * its own scenes alone. Weights stay in their files.
 *
 * @throws FateZeroError naming what is missing or does not fit
 */
export async function loadCaptioner(name: string, options: LoadCaptionerOptions = {}): Promise<Captioner> {
  requireText(name, "loadCaptioner", "the name of a captioner");
  const { device, threads, memory, ...download } = options;
  const engine = await openEngine(defined({ device, precision: "fp32", threads, memory } as const), {
    signal: download.signal,
    onWarning: download.onEvent,
  });
  const folder = await blipFolder(name, download);
  if (folder !== null) return createBlipCaptioner(await openBlipFolder(folder, name), engine);
  const checkpoint = await openCheckpoint(name, { ...download, check: checkCaptions(name) });
  if (!checkpoint.settings?.captions) throw noCaptioner(name);
  const model = createModel(checkpoint, engine, await fingerprintOf(checkpoint));
  const captioner = (await captionerOf(model))!;
  return { ...captioner, close: () => model.close(), [Symbol.asyncDispose]: () => model.close() };
}
