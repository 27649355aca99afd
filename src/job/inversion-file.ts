import { mkdir } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { requireText } from "../argument.ts";
import { clipFacts, type Inversion } from "../edit/index.ts";
import { FateZeroError } from "../errors.ts";
import { writeSafetensors } from "../files/index.node.ts";
import { readSafetensors, readSafetensorsHeader } from "../files/index.ts";
import { readJsonObject } from "../json.ts";
import { float32ToFloat16, formatShape, type Shape, sizeOf } from "../tensor/index.ts";
import { version } from "../version.node.ts";
import { headerFault, type InversionHeader } from "./inversion-header.ts";
import { foundSource, keptSource } from "./inversion-source.ts";

/**
 * Versions of the file's layout; a reader refuses others. What has null-text embeddings is the second: a program that does
 * not know of them must not edit without.
 */
const [VERSION, WITH_NULL_TEXT] = [1, 2];
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
  const { latents, wordMaps, nullText, ...provenance } = inversion;
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
      ...(nullText ? { null_text: nullText.embeddings } : {}),
    },
    {
      ...metadata,
      [KEY]: JSON.stringify({
        version: nullText ? WITH_NULL_TEXT : VERSION,
        program: version(),
        ...provenance,
        ...(inversion.source ? { source: await keptSource(inversion.source) } : {}),
        wordMaps: maps,
        ...(nullText ? { nullText: { guidance: nullText.guidance } } : {}),
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
  if (json.version !== VERSION && json.version !== WITH_NULL_TEXT)
    throw broken(file, `its layout is neither version ${VERSION} nor ${WITH_NULL_TEXT}`);
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
  const { prompt, ids, steps, settings, size, model, wordMaps, nullText } = header;
  const mapShape = [steps, shape[1]!, wordMaps.height * wordMaps.width, wordMaps.tokens];
  const mapSize = sizeOf(entries.get("word_maps")?.shape ?? [0]);
  if (shape[0] !== steps + 1 || mapSize !== sizeOf(mapShape))
    throw broken(file, "its tensors do not fit its description");
  const texts = nullTextFault(header, shape[1]!, entries.get("null_text")?.shape);
  if (texts !== null) throw broken(file, texts);
  const own = ["latents", "word_maps", "null_text"].filter((name) => entries.has(name));
  const { tensors } = await readSafetensors(file, own);
  const [maps, embeddings] = [tensors.get("word_maps"), tensors.get("null_text")];
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
    ...(nullText && embeddings ? { nullText: { ...nullText, embeddings } } : {}),
  };
}

/** Why texts for each step cannot be what a description tells of; null where they can, or both are missing. */
function nullTextFault(
  { steps, ids, nullText }: InversionHeader,
  frames: number,
  shape: Shape | undefined,
): string | null {
  if (!nullText) return shape ? "it holds null-text embeddings that its description has not" : null;
  if (!shape) return "its null-text embeddings are missing";
  const [rows, texts, length, width, ...more] = shape;
  const fits = rows === steps && (texts === 1 || texts === frames) && length === ids.length;
  return fits && width! > 0 && more.length === 0
    ? null
    : `its null-text embeddings are ${formatShape(shape)}, not [${steps}, 1 or ${frames}, ${ids.length}, width]`;
}
