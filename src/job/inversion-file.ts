import { mkdir } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { requireText } from "../argument.ts";
import type { FrameRef } from "../attention/index.ts";
import { clipFacts, type Inversion } from "../edit/index.ts";
import { FateZeroError } from "../errors.ts";
import { writeSafetensors } from "../files/index.node.ts";
import { readSafetensors } from "../files/index.ts";
import { parseJsonObject } from "../json.ts";
import { isModelParts } from "../pipeline/index.ts";
import { float32ToFloat16, sizeOf } from "../tensor/index.ts";
import { version } from "../version.node.ts";
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

type Header = Omit<Inversion, "latents" | "wordMaps"> & {
  readonly version: number;
  readonly wordMaps: Omit<Inversion["wordMaps"], "data">;
};

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function isHeader(value: unknown): value is Header {
  const h = value as Partial<Header> | null;
  const { attend, groupNorm, compat } = h?.settings ?? {};
  const { height, width, tokens } = h?.wordMaps ?? {};
  const frames = attend?.frames;
  return (
    typeof h?.prompt === "string" &&
    Array.isArray(h.ids) &&
    h.ids.every(isCount) &&
    isCount(h.steps) &&
    h.steps > 0 &&
    typeof h.fps === "number" &&
    h.fps > 0 &&
    typeof h.model?.name === "string" &&
    typeof h.model.fingerprint === "string" &&
    (h.model.version === undefined || isCount(h.model.version)) &&
    (h.model.parts === undefined || isModelParts(h.model.parts)) &&
    [height, width, tokens, attend?.leastChannels, h.size?.width, h.size?.height].every(isCount) &&
    (groupNorm === "frame" || groupNorm === "clip") &&
    (compat === null || compat === "fatezero") &&
    Array.isArray(frames) &&
    (frames as readonly unknown[]).every((f): f is FrameRef => typeof f === "number" || typeof f === "string")
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
  const { tensors, metadata } = await readSafetensors(file);
  const text = metadata[KEY];
  if (text === undefined) throw broken(file, "it holds other tensors");
  const header = parseJsonObject(text);
  if (!header) throw broken(file, "its description is no JSON object");
  if (header.version !== VERSION) throw broken(file, `its layout is not version ${VERSION}`);
  const latents = tensors.get("latents");
  if (!isHeader(header) || latents?.shape.length !== 5) throw broken(file, "its description is incomplete");
  const { prompt, ids, steps, settings, size, model, wordMaps } = header;
  const maps = tensors.get("word_maps");
  const shape = [steps, latents.shape[1]!, wordMaps.height * wordMaps.width, wordMaps.tokens];
  if (latents.shape[0] !== steps + 1 || (maps?.data.length ?? 0) !== sizeOf(shape)) {
    throw broken(file, "its tensors do not fit its description");
  }
  return {
    prompt,
    ids,
    steps,
    ...clipFacts(header),
    ...(header.source ? { source: await foundSource(file, header.source) } : {}),
    settings,
    size,
    model,
    latents,
    // Half floats survive the way through float32 unchanged.
    wordMaps: { ...wordMaps, data: maps ? float32ToFloat16(maps.data) : new Uint16Array(0) },
  };
}
