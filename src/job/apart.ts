import { realpath } from "node:fs/promises";
import { basename, dirname, join, resolve, sep } from "node:path";
import type { HandMaskOptions, ModelOptions, SeeingOptions } from "../request/index.ts";
import { say, the } from "../say.ts";
import { checkNotInput } from "../video/index.node.ts";
import { maskPaths } from "./mask-paths.ts";
import { usageError } from "./usage.ts";

/** Paths that a request has written. */
type Outputs = Readonly<Record<string, string | undefined>>;

/** What a request has read, as far as it names files. */
type Reads = Pick<ModelOptions, "model" | "vae" | "lora" | "embeddings"> &
  Pick<SeeingOptions, "liveVae"> &
  HandMaskOptions & {
    readonly input: string;
    readonly sound?: string | undefined;
  };

/** A path by which two names of one file are told to be one, the links of what exists followed. */
async function placeOf(path: string): Promise<string> {
  const whole = resolve(path);
  const real = await realpath(whole).catch(() => null);
  if (real !== null || dirname(whole) === whole) return real ?? whole;
  return join(await placeOf(dirname(whole)), basename(whole));
}

/** Refuses a folder of results that holds what is read, or lies in it: it would be replaced, or read as a part of it. */
export async function checkOutside(folder: string, files: readonly string[]): Promise<void> {
  const place = await placeOf(folder);
  for (const file of files) {
    const at = await placeOf(file);
    if (at !== place && !at.startsWith(place + sep) && !place.startsWith(at + sep)) continue;
    const what = say`${the("out")} would put results into "${folder}", among what is read: "${file}".`;
    throw usageError(what, "Choose a folder of its own.");
  }
}

/**
 * Refuses, before any work, outputs that would take each other's place, or that of anything that is read: the input, the
 * video of its sound, masks, the model, its VAE, LoRAs and embeddings.
 */
export async function checkApart(outputs: Outputs, request: Reads): Promise<void> {
  const given = Object.entries(outputs).flatMap(([key, path]) => (path === undefined ? [] : [{ key, path }]));
  const places = await Promise.all(given.map(async (one) => ({ ...one, place: await placeOf(one.path) })));
  for (const { key, path, place } of places) {
    const twin = places.find((other) => other.key !== key && other.place === place);
    if (twin) throw usageError(say`${the(key)} and ${the(twin.key)} name the same path.`, "Give them two.");
    const holder = places.find((other) => place.startsWith(other.place + sep));
    if (holder) {
      const what = say`${the(key)} "${path}" lies in ${the(holder.key)} "${holder.path}", which is replaced as a whole.`;
      throw usageError(what, "Choose another path.");
    }
  }
  const { input, sound, model, vae, liveVae, lora = [], embeddings = [] } = request;
  const files = [...lora, ...embeddings].map(({ path }) => path);
  const read = [input, sound, model, vae, liveVae, ...maskPaths(request), ...files];
  for (const { path, place } of places)
    for (const file of read) if (file !== undefined) await checkNotInput(path, place, file);
}
