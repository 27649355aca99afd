import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { plainUNet } from "../../../attention/index.ts";
import { FateZeroError } from "../../../errors.ts";
import { hubSettings, requireCached, verifyCached } from "../../../hub/index.node.ts";
import { parseRepository } from "../../../hub/index.ts";
import { asPhase } from "../../../job/as-phase.ts";
import type { Session } from "../../../job/session.ts";
import { clipTextGraph, vaeGraphs } from "../../../model/index.ts";
import { embeddedModels, loadModel } from "../../../pipeline/index.node.ts";
import { resolveMethod } from "../../../pipeline/index.ts";
import { count } from "../../../quantity.ts";

/** Builds every network of a model from its configuration: each of its weights must be there, in its shape. */
async function verifyFolder(name: string, path: string, { report, defer }: Session): Promise<string> {
  const model = await asPhase(report, "open", () => loadModel(name), name);
  defer(() => model.close());
  const { unet, textEncoder, vae } = model.checkpoint;
  const method = resolveMethod(model, {});
  const textLength = model.tokenizer.maxLength;
  const builds = {
    unet: () => plainUNet(unet, { ...method, temporal: true, textLength, wordMapSites: [] }),
    text_encoder: () => clipTextGraph(textEncoder),
    vae: () => vaeGraphs(vae),
  };
  const weights = { unet, text_encoder: textEncoder, vae };
  for (const [part, build] of Object.entries(builds)) {
    build();
    const text = `all ${count(weights[part as keyof typeof weights].weights.size, "weight")} are there`;
    report({ type: "check", name: part, ok: true, text, remedy: "" });
  }
  return path;
}

async function verifyHub(name: string, { report, signal }: Session): Promise<string> {
  const { cache } = hubSettings(process.env);
  const repository = parseRepository(name);
  if (!repository) {
    throw new FateZeroError(
      "model-not-found",
      `There is no model "${name}": it is no folder and no file.`,
      "Name one, or a model of the Hugging Face cache: owner/name.",
    );
  }
  const { id } = repository;
  const model = await requireCached(cache, id);
  const bad: string[] = [];
  let files = 0;
  const hash = async () => {
    for await (const { path, isGood, text } of verifyCached(model, cache, signal)) {
      files++;
      if (!isGood) bad.push(path);
      report({ type: "check", name: path, ok: isGood, text, remedy: "" });
    }
  };
  await asPhase(report, "check", hash, id);
  if (bad.length === 0) return model.folder;
  throw new FateZeroError(
    "model-damaged",
    `Of the ${count(files, "file")} of "${id}" ${bad.length === 1 ? "one is" : `${bad.length} are`} not as it should be: ${bad.join(", ")}.`,
    `Get it anew: fatezero models rm ${id}, then fatezero models pull ${id}`,
  );
}

/**
 * `fatezero models verify`: hashes the files of a model in the Hugging Face cache, or opens one in a folder and looks
 * whether all of its weights are there. Returns the folder. Throws FateZeroError naming what is wrong.
 */
export async function verifyModel(name: string, session: Session): Promise<string> {
  const embedded = embeddedModels().get(name);
  if (embedded) return verifyFolder(name, embedded, session);
  const isThere = await stat(name).then(
    () => true,
    () => false,
  );
  return isThere ? verifyFolder(name, resolve(name), session) : verifyHub(name, session);
}
