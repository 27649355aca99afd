import { readdir, stat } from "node:fs/promises";
import { extname, join, resolve } from "node:path";
import { FateZeroError } from "../../errors.ts";
import { isLeftover } from "../../files/index.node.ts";
import { parseJsonObject } from "../../json.ts";
import { readTextIfAny } from "../../read-text.node.ts";
import type { TuneRequest } from "../../request/index.ts";
import { say, the } from "../../say.ts";
import { checkNotInput } from "../../video/index.node.ts";
import { namesInversion } from "../input.ts";
import { checkWritable } from "../writable.ts";

/** Where what a training makes goes. */
export interface TunedPlace {
  /** The folder of the model, or the file of its changed weights. */
  readonly model: string;
  readonly isDelta: boolean;
  /** The loss over the steps, as a drawing and as a picture. */
  readonly curve: { readonly svg: string; readonly png: string };
}

/** Names in a folder that a tuned model is made of. */
const PARTS = new Set([
  ...["unet", "vae", "text_encoder", "tokenizer", "scheduler", "model_index.json", "fatezero.json"],
  ...["loss.svg", "loss.png", ".DS_Store", "Thumbs.db", "desktop.ini"],
]);

/** The longest name in such a folder: diffusion_pytorch_model.safetensors. */
const LONGEST_NAME = 48;

/** A folder of a tuned model. */
export function tunedFolder(model: string): TunedPlace {
  const stem = model.replace(/[/\\]+$/, "");
  return { model, isDelta: false, curve: { svg: `${stem}/loss.svg`, png: `${stem}/loss.png` } };
}

/** `bus.mp4` → `bus.tuned`, as a folder or as a file of changed weights. */
function beside(video: string, isDelta: boolean): string {
  const path = video.replace(/[/\\]+$/, "");
  const stem = path.slice(0, path.length - extname(path).length);
  return isDelta ? `${stem}.tuned.safetensors` : `${stem}.tuned/`;
}

/** What a request's output means. Throws FateZeroError `output-format`. */
export function tunedPlace({ out, modelOut, thenEdit, delta = false }: TuneRequest): TunedPlace {
  const model = thenEdit === undefined ? out : (modelOut ?? beside(out, delta));
  const field = thenEdit === undefined ? the("out", model) : the("modelOut", model);
  if (delta && !namesInversion(model)) {
    throw new FateZeroError(
      "output-format",
      say`${field} does not end in .safetensors, which is the form that changed weights are saved in.`,
      say`Name it e.g. "car.safetensors", or leave out ${the("delta")} for a whole model in a folder.`,
    );
  }
  if (!delta && /\.(safetensors|ckpt|pt|bin|mp4|mov|mkv|webm|gif|webp|apng|png|jpe?g)$/i.test(model)) {
    throw new FateZeroError(
      "output-format",
      say`${field} is the name of a file, and a tuned model is a folder.`,
      say`Name a folder, such as tuned/; ${the("delta")} writes one file of the changed weights, ${the("thenEdit")} a video.`,
    );
  }
  if (!delta) return tunedFolder(model);
  const stem = model.slice(0, -extname(model).length);
  return { model, isDelta: true, curve: { svg: `${stem}.loss.svg`, png: `${stem}.loss.png` } };
}

/** Why a folder cannot be replaced by a tuned model, as what is said of it; null where it can. */
export async function faultOfTunedFolder(folder: string): Promise<string | null> {
  const info = await stat(folder).catch(() => null);
  if (!info) return null;
  if (!info.isDirectory()) return "is a file, and a tuned model is a folder";
  const names: string[] = [];
  for (const name of await readdir(folder)) if (!(await isLeftover(join(folder, name)))) names.push(name);
  const foreign = names.find((name) => !PARTS.has(name));
  if (foreign !== undefined)
    return `holds "${foreign}", which is no part of a tuned model: replacing it would delete that`;
  const settings = parseJsonObject((await readTextIfAny(join(folder, "fatezero.json"))) ?? "");
  return names.length > 0 && settings?.tuned === undefined
    ? "is not a model that was tuned: replacing it would delete that"
    : null;
}

/** Refuses, before any work, a place that nothing can be written to, or that would be lost. `reads` are paths that are read. */
export async function checkTunedPlace(
  { model, isDelta, curve }: TunedPlace,
  reads: readonly (string | undefined)[],
): Promise<void> {
  const path = resolve(model);
  for (const read of reads)
    if (read !== undefined && (await stat(read).catch(() => null))) await checkNotInput(model, path, read);
  const fault = isDelta ? null : await faultOfTunedFolder(path);
  if (fault !== null)
    throw new FateZeroError(
      "output-not-replaceable",
      `"${model}" ${fault}.`,
      "Choose a new folder for the model.",
    );
  await checkWritable(model, { inside: isDelta ? 0 : LONGEST_NAME });
  if (isDelta) for (const file of [curve.svg, curve.png]) await checkWritable(file);
}
