import { join } from "node:path";
import { FateZeroError } from "../errors.ts";
import { isJsonObject, parseJsonObject } from "../json.ts";
import { readTextIfThere } from "../read-text.node.ts";
import { say, the } from "../say.ts";
import { CLIP_VOCABULARY_SIZE, clipTokenizerFiles } from "./clip-vocabulary.node.ts";
import type { JsonObject, TokenizerFiles } from "./types.ts";

/** Vocabulary and merges of a `tokenizer.json`, which newer folders have instead of the two files. Null where it has none. */
function fromTokenizerJson(text: string): Pick<TokenizerFiles, "vocab" | "merges"> | null {
  const model = parseJsonObject(text)?.model;
  if (!isJsonObject(model) || !isJsonObject(model.vocab) || !Array.isArray(model.merges)) return null;
  const lines = model.merges.map((pair: unknown) => (Array.isArray(pair) ? pair.join(" ") : String(pair)));
  return { vocab: JSON.stringify(model.vocab), merges: lines.join("\n") };
}

/** Whether a folder without a tokenizer may take CLIP's own: the text encoder has that vocabulary. */
function ownTokenizer(textConfig: JsonObject): Promise<TokenizerFiles> | null {
  if (textConfig.vocab_size !== CLIP_VOCABULARY_SIZE) return null;
  return clipTokenizerFiles(textConfig.hidden_act === "gelu" ? "!" : "<|endoftext|>");
}

/** What a tokenizer may be made of; where none of these is there, there is none. */
export const TOKENIZER_FILES = [
  "vocab.json",
  "merges.txt",
  "tokenizer.json",
  "tokenizer_config.json",
  "special_tokens_map.json",
] as const;

/**
 * Reads a `tokenizer/` folder. Where there is none and the text encoder has CLIP's vocabulary, it is CLIP's own. Throws
 * FateZeroError on a folder that lacks a file.
 */
export async function readTokenizer(folder: string, textConfig: JsonObject): Promise<TokenizerFiles> {
  const [vocab, merges, whole, config, specialTokens, addedTokens] = await Promise.all(
    [...TOKENIZER_FILES, "added_tokens.json"].map((name) => readTextIfThere(join(folder, name))),
  );
  const rest = { config, specialTokens, addedTokens, folder };
  if (vocab !== undefined && merges !== undefined) return { vocab, merges, ...rest };
  const joint = whole === undefined ? null : fromTokenizerJson(whole);
  if (joint) return { ...joint, ...rest };
  const isAbsent = [vocab, merges, whole, config, specialTokens].every((text) => text === undefined);
  const own = isAbsent ? ownTokenizer(textConfig) : null;
  if (own) return own;
  throw new FateZeroError(
    "checkpoint-incomplete",
    `The checkpoint lacks ${join(folder, vocab === undefined ? "vocab.json" : "merges.txt")}.`,
    say`Give ${the("model")} a complete folder in the diffusers layout.`,
  );
}
