import { mkdir } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { requireText } from "../argument.ts";
import { clipFacts, type Inversion } from "../edit/index.ts";
import { FateZeroError } from "../errors.ts";
import { writeSafetensors } from "../files/index.node.ts";
import { readSafetensors, readSafetensorsHeader } from "../files/index.ts";
import { readJsonObject } from "../json.ts";
import { float32ToFloat16, formatShape, sizeOf } from "../tensor/index.ts";
import { version } from "../version.node.ts";
import { headerFault, type InversionHeader } from "./inversion-header.ts";
import { foundSource, keptSource } from "./inversion-source.ts";

/** Version of the file's layout; a reader refuses others. */
const VERSION = 1;
/** Metadata key that marks a `.safetensors` file as an inversion. */
const KEY = "fatezero_inversion";

/**
 * Writes an inversion as one `.safetensors` file with its provenance (model, prompt, steps, size, version). A file of
 * that name is replaced only when the new one is complete; missing parent folders are made.
 */
export async function saveInversion(
  file: string,
  inversion: Inversion,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  requireText(file, "saveInversion", "the path of the file");
  const { latents, wordMaps, ...provenance } = inversion;
  const { data, ...maps } = wordMaps;
  const [, frames] = latents.shape;
  const shape = [inversion.steps, frames!, maps.height * maps.width, maps.tokens];
  // Where that fails, writing tells why.
  await mkdir(dirname(resolve(file)), { recursive: true }).catch(() => {});
  await writeSafetensors(
    file,
    {
      latents: { dtype: "float32", shape: latents.shape, data: latents.data },
      ...(data.length > 0 ? { word_maps: { dtype: "float16" as const, shape, data } } : {}),
    },
    {
      ...metadata,
      [KEY]: JSON.stringify({
        version: VERSION,
        program: version(),
        ...provenance,
        ...(inversion.source ? { source: await keptSource(inversion.source) } : {}),
        wordMaps: maps,
      }),
    },
  );
}

function broken(file: string, cause: string): FateZeroError {
  return new FateZeroError(
    "inversion-invalid",
    `${file} is no inversion that this program can use: ${cause}.`,
    "Invert the video again.",
  );
}

/** Reads an inversion that `saveInversion` wrote. Throws FateZeroError on any other file. */
export async function loadInversion(file: string): Promise<Inversion> {
  requireText(file, "loadInversion", "the path of the file");
  const { tensors: entries, metadata } = await readSafetensorsHeader(file);
  const text = metadata[KEY];
  if (text === undefined) throw broken(file, "it holds other tensors");
  const read = readJsonObject(text);
  if (read.fault !== null) throw broken(file, `its description ${read.fault}`);
  const json = read.value;
  if (json.version !== VERSION) throw broken(file, `its layout is not version ${VERSION}`);
  const shape = entries.get("latents")?.shape;
  if (shape?.length !== 5 || shape.includes(0))
    throw broken(
      file,
      `its latents are ${shape ? formatShape(shape) : "missing"}, not [steps + 1, frames, …]`,
    );
  const fault = headerFault(json, shape[1]!);
  if (fault !== null) throw broken(file, fault);
  // What `headerFault` let pass is one.
  const header = json as unknown as InversionHeader;
  const { prompt, ids, steps, settings, size, model, wordMaps } = header;
  const mapShape = [steps, shape[1]!, wordMaps.height * wordMaps.width, wordMaps.tokens];
  const mapSize = sizeOf(entries.get("word_maps")?.shape ?? [0]);
  if (shape[0] !== steps + 1 || mapSize !== sizeOf(mapShape))
    throw broken(file, "its tensors do not fit its description");
  const names = ["latents", ...(entries.has("word_maps") ? ["word_maps"] : [])];
  const { tensors } = await readSafetensors(file, names);
  const maps = tensors.get("word_maps");
  return {
    prompt,
    ids,
    steps,
    ...clipFacts(header),
    ...(header.source ? { source: await foundSource(file, header.source) } : {}),
    settings,
    size,
    model,
    latents: tensors.get("latents")!,
    // Half floats survive the way through float32 unchanged.
    wordMaps: { ...wordMaps, data: maps ? float32ToFloat16(maps.data) : new Uint16Array(0) },
  };
}
