import { stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { FateZeroError } from "../errors.ts";
import { inWords } from "../say.ts";
import { CLIP_VOCABULARY_SIZE } from "./clip-vocabulary.node.ts";
import { readComponent, readJsonIfThere } from "./folder.node.ts";
import { requireInside } from "./inside.node.ts";
import { readTokenizer, TOKENIZER_FILES } from "./tokenizer-folder.node.ts";
import type { ClipCheckpoint, JsonObject, TokenizerFiles } from "./types.ts";
import { TEXT_STEM } from "./weight-files.ts";

/** Where a CLIP lies: the folder of all its files, and the model's folder that it stands in, as tinytown's does. */
interface Place {
  readonly folder: string;
  readonly model: string | null;
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

async function placeOf(path: string): Promise<Place> {
  if (await isThere(join(path, "clip", "config.json"))) return { folder: join(path, "clip"), model: path };
  const around = dirname(path);
  const isBeside = basename(path) === "clip" && (await isThere(join(around, "tokenizer")));
  return { folder: path, model: isBeside ? around : null };
}

/** The folder's own tokenizer; else CLIP's, where the vocabulary has its size; else that of the model around it. */
async function tokenizerOf({ folder, model }: Place, config: JsonObject): Promise<TokenizerFiles> {
  const text = (config.text_config ?? {}) as JsonObject;
  const size = text.vocab_size ?? CLIP_VOCABULARY_SIZE;
  const own = await Promise.all(TOKENIZER_FILES.map((name) => isThere(join(folder, name))));
  const isOwn = own.includes(true) || size === CLIP_VOCABULARY_SIZE || model === null;
  return readTokenizer(isOwn ? folder : join(model, "tokenizer"), { ...text, vocab_size: size });
}

/**
 * Reads a CLIP in transformers' layout (config.json, model.safetensors or pytorch_model.bin, perhaps a tokenizer and
 * preprocessor_config.json): a folder of its own, or the `clip/` of a model's. No weight is loaded. Throws FateZeroError
 * naming what is missing or broken.
 */
export async function openClipFolder(path: string, name = path): Promise<ClipCheckpoint> {
  const place = await placeOf(path);
  const { folder, model } = place;
  await requireInside(model ?? folder, model === null ? ["."] : ["clip", "tokenizer"]);
  try {
    const component = await readComponent(folder, TEXT_STEM);
    return {
      name,
      model: component,
      tokenizer: await tokenizerOf(place, component.config),
      preprocessor: await readJsonIfThere(join(folder, "preprocessor_config.json")),
    };
  } catch (cause) {
    if (!(cause instanceof FateZeroError) || cause.code !== "checkpoint-incomplete") throw cause;
    throw new FateZeroError(
      cause.code,
      `${folder} holds no whole CLIP. ${inWords(cause.said.what)}`,
      "Give a folder in the layout of openai/clip-vit-base-patch32: config.json, and model.safetensors or pytorch_model.bin.",
      { cause },
    );
  }
}
