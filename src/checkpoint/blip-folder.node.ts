import { join } from "node:path";
import { FateZeroError } from "../errors.ts";
import { readTextIfThere } from "../read-text.node.ts";
import { inWords } from "../say.ts";
import { readComponent, readJsonIfThere } from "./folder.node.ts";
import { requireInside } from "./inside.node.ts";
import type { BlipCheckpoint, WordPieceFiles } from "./types.ts";
import { TEXT_STEM } from "./weight-files.ts";

async function readWordPieces(folder: string): Promise<WordPieceFiles> {
  const vocab = await readTextIfThere(join(folder, "vocab.txt"));
  if (vocab !== undefined) return { folder, vocab };
  const whole = await readTextIfThere(join(folder, "tokenizer.json"));
  if (whole !== undefined) return { folder, whole };
  throw new FateZeroError(
    "checkpoint-incomplete",
    `The checkpoint lacks ${join(folder, "vocab.txt")}.`,
    "Download the file.",
  );
}

/**
 * Reads a captioning BLIP in transformers' layout: config.json, model.safetensors or pytorch_model.bin, vocab.txt or
 * tokenizer.json, perhaps preprocessor_config.json and generation_config.json. No weight is loaded. Throws FateZeroError
 * naming what is missing or broken.
 */
export async function openBlipFolder(folder: string, name = folder): Promise<BlipCheckpoint> {
  await requireInside(folder, ["."]);
  try {
    return {
      name,
      model: await readComponent(folder, TEXT_STEM),
      tokenizer: await readWordPieces(folder),
      preprocessor: await readJsonIfThere(join(folder, "preprocessor_config.json")),
      generation: await readJsonIfThere(join(folder, "generation_config.json")),
    };
  } catch (cause) {
    if (!(cause instanceof FateZeroError) || cause.code !== "checkpoint-incomplete") throw cause;
    throw new FateZeroError(
      cause.code,
      `${folder} holds no whole BLIP. ${inWords(cause.said.what)}`,
      "Give a folder in the layout of Salesforce/blip-image-captioning-base: config.json, vocab.txt, and model.safetensors or pytorch_model.bin.",
      { cause },
    );
  }
}
