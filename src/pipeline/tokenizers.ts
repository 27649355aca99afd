import type { Checkpoint, TokenizerFiles } from "../checkpoint/index.ts";
import { FateZeroError } from "../errors.ts";
import { type ClipTextConfig, clipTextConfig } from "../model/index.ts";
import { createTokenizer, type Tokenizer, withWords } from "../prompt/index.ts";

/** Throws FateZeroError where a tokenizer speaks of tokens or places that the text encoder has not. */
function checkWords(
  own: Tokenizer,
  tokenizer: string,
  encoder: string,
  { length, vocabulary }: Pick<ClipTextConfig, "length" | "vocabulary">,
): void {
  const differ = (what: string): FateZeroError =>
    new FateZeroError(
      "checkpoint-mismatch",
      `${tokenizer} ${what}.`,
      "Take both folders from the same model.",
    );
  if (own.vocabSize > vocabulary)
    throw differ(`has token ids up to ${own.vocabSize - 1}, but ${encoder} knows ${vocabulary} (vocab_size)`);
  if (own.maxLength !== length)
    throw differ(
      `reads ${own.maxLength} tokens (model_max_length), but ${encoder} ${length} (max_position_embeddings)`,
    );
}

/** A tokenizer that goes with a text encoder. Throws FateZeroError `checkpoint-mismatch` where it does not. */
export function tokenizerFor(files: TokenizerFiles, encoder: string, text: ClipTextConfig): Tokenizer {
  const tokenizer = createTokenizer({ ...files, maxLength: text.length });
  checkWords(tokenizer, files.folder ?? "The tokenizer", encoder, text);
  return tokenizer;
}

/** The words of a checkpoint: its own, and all with those that embeddings add. */
export function tokenizersOf({ tokenizer, textEncoder, embeddings = [] }: Checkpoint): {
  readonly own: Tokenizer;
  readonly all: Tokenizer;
} {
  const own = tokenizerFor(tokenizer, textEncoder.label, clipTextConfig(textEncoder));
  const words = embeddings.map(({ word, vectors }) => ({ word, tokens: vectors.shape[0]! }));
  return { own, all: withWords(own, words) };
}
