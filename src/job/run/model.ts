import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { ModelParts } from "../../checkpoint/index.ts";
import { locate, type RunConfig } from "../../config/index.ts";
import { defined } from "../../defined.ts";
import { FateZeroError, textOf } from "../../errors.ts";
import { parseRepository } from "../../hub/index.ts";
import { embeddedModels } from "../../pipeline/index.node.ts";
import type { Model } from "../../pipeline/index.ts";
import { MODEL, type ModelOptions, pickFields, type RunRequest } from "../../request/index.ts";
import { add, say, the } from "../../say.ts";
import type { Input } from "../input.ts";
import { openModel } from "../open-model.ts";
import type { Session } from "../session.ts";

/** Every path of a model's parts, changed; ids of repositories are none. */
async function mapPaths(parts: ModelParts, change: (path: string) => Promise<string>): Promise<ModelParts> {
  const files = <T extends { readonly path: string }>(list: readonly T[] | undefined) =>
    list && Promise.all(list.map(async (file) => ({ ...file, path: await change(file.path) })));
  const { vae, lora, embeddings } = parts;
  return {
    ...parts,
    ...defined({
      vae: vae === undefined ? undefined : await change(vae),
      lora: await files(lora),
      embeddings: await files(embeddings),
    }),
  };
}

/** What is added to the model, and how it computes: as the config says, files looked for near it; the request goes before it. */
async function optionsOf(
  file: string,
  { parts = {}, lowMemory }: RunConfig,
  request: ModelOptions,
): Promise<ModelOptions> {
  const near = async (path: string): Promise<string> => {
    const located = await locate(path, file);
    return located.found ? located.path : path;
  };
  return { ...(await mapPaths(parts, near)), ...defined({ lowMemory }), ...pickFields(MODEL, request) };
}

/** What a config names and the cache lacks: only a person may have it downloaded. */
function notAsked(file: string, { said, cause }: FateZeroError): FateZeroError {
  const what = say`${[said.what].flat()} "${file}" names it, and what a file names is not downloaded by itself.`;
  const remedy = say`If you trust it, ${add("download")}, or name it by ${the("model")} or ${the("vae")}.`;
  return new FateZeroError("hub-not-asked", what, remedy, { cause });
}

/**
 * Opens the model of a run: the request's, or what the config names, from the current folder or near the config, or of the
 * hub: from its cache, or downloaded where the request says so.
 *
 * @throws FateZeroError `model-not-found` with every place that was looked at, and those of `openModel`
 */
export async function openRunModel(
  file: string,
  config: RunConfig,
  options: RunRequest,
  input: Input,
  session: Session,
): Promise<Model> {
  const own = await optionsOf(file, config, options);
  const mayDownload = (asked: string): boolean =>
    options.download === true || asked === options.model || asked === options.vae;
  const open = (model: string | undefined): Promise<Model> =>
    openModel({ ...own, model }, input, session, { mayDownload }).catch((error: unknown) => {
      throw error instanceof FateZeroError && error.code === "hub-not-asked" ? notAsked(file, error) : error;
    });
  const name = options.model ?? config.model;
  if (options.model !== undefined || name === undefined || embeddedModels().has(name)) return open(name);
  const located = await locate(name, file);
  if (located.found) return open(located.path);
  const places = located.looked.map((path) => `"${path}"`).join(", ");
  const looked = `The model "${name}" that "${file}" names is in no folder near: looked for ${places}.`;
  const remedy = say`Correct ${the("model")}, or run it from the folder that holds it.`;
  if (parseRepository(name) === null) throw new FateZeroError("model-not-found", looked, remedy);
  return open(name).catch((cause: unknown) => {
    if (!(cause instanceof FateZeroError) || cause.code === "hub-not-asked") throw cause;
    const message = say`${looked} As the id of a repository: ${textOf(cause)}`;
    throw new FateZeroError(cause.code, message, remedy, { cause });
  });
}

/** A path in full; the names of models stay. */
async function fromAnywhere(name: string): Promise<string> {
  if (embeddedModels().has(name)) return name;
  return stat(name).then(
    () => resolve(name),
    () => name,
  );
}

/** What a config says of a model, so that it holds from any folder. */
export async function modelFromAnywhere({
  name,
  checkpoint,
}: Model): Promise<Pick<RunConfig, "model" | "parts">> {
  const parts = await mapPaths(checkpoint.parts ?? {}, fromAnywhere);
  return {
    model: await fromAnywhere(name),
    ...(Object.keys(parts).length > 0 ? { parts } : {}),
  };
}
