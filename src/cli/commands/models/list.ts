import { readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { FateZeroError } from "../../../errors.ts";
import { cachedFolder, cachedModel, hubSettings } from "../../../hub/index.node.ts";
import { parseRepository } from "../../../hub/index.ts";
import { embeddedModels, loadModel } from "../../../pipeline/index.node.ts";
import type { Answer } from "../../terminal/session.ts";
import { type CachedFacts, cachedFacts, cachedText } from "./cached-facts.ts";
import { describe, factsOf, type ModelFacts } from "./facts.ts";

/** What `fatezero models list --json` prints. */
interface Listed {
  readonly models: readonly ModelFacts[];
  /** What the Hugging Face cache holds; absent where one model was asked for. */
  readonly cached?: CachedFacts;
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

async function opened(name: string, path: string): Promise<ModelFacts> {
  return { ...(await factsOf(await loadModel(path), path)), name };
}

/** The models that a path is, holds, or has right below it. */
async function modelsAt(path: string, isFile: boolean): Promise<ModelFacts[]> {
  if (isFile) return [await opened(path, resolve(path))];
  const found: string[] = [];
  for (const folder of [path, ...(await subfolders(path))]) if (await isModel(folder)) found.push(folder);
  if (found.length > 0) return Promise.all(found.map((folder) => opened(folder, resolve(folder))));
  throw new FateZeroError(
    "model-not-found",
    `There is no model in "${path}".`,
    "Name a folder in the diffusers layout (unet/, vae/, text_encoder/, tokenizer/, scheduler/), or one with such folders.",
  );
}

/** The model of the Hugging Face cache that a name stands for. Nothing is downloaded. */
async function cachedAt(name: string): Promise<ModelFacts> {
  const { cache } = hubSettings(process.env);
  const repository = parseRepository(name);
  if (repository && (await cachedModel(cache, repository.id)))
    return opened(name, await cachedFolder(cache, repository));
  const places = `no file or folder is there, none of that name comes with the program, and the cache ${cache} has none`;
  throw new FateZeroError(
    "model-not-found",
    `There is no model "${name}": ${places}.`,
    repository
      ? `Check the name, or download it: fatezero models pull ${name}`
      : `Name ${[...embeddedModels().keys()].join(", ")}, a path, or owner/name of a cached model ("fatezero models" lists them).`,
  );
}

/** Names go as everywhere: models that come with the program, then paths, then the cache. */
async function modelsNamed(name: string): Promise<ModelFacts[]> {
  const embedded = embeddedModels().get(name);
  if (embedded !== undefined) return [await opened(name, embedded)];
  const info = await stat(name).catch(() => null);
  return info ? modelsAt(name, info.isFile()) : [await cachedAt(name)];
}

const HINT =
  'Others are named by --model PATH or --model OWNER/NAME; "fatezero models NAME" describes one, or those in a folder.';

/**
 * `fatezero models list`: the models that come with the program and those in the Hugging Face cache, or the one that
 * `name` stands for, or those in the folder that it is. Throws FateZeroError where there is none, or a broken one.
 */
export async function listModels(name?: string): Promise<Answer> {
  if (name !== undefined) {
    const models = await modelsNamed(name);
    return { text: models.map(describe).join("\n\n"), data: { models } satisfies Listed };
  }
  const models = await Promise.all([...embeddedModels()].map(([key, path]) => opened(key, path)));
  const cached = await cachedFacts(process.env);
  const text = [...models.map(describe), ...cachedText(cached), HINT].join("\n\n");
  return { text, data: { models, cached } satisfies Listed };
}
