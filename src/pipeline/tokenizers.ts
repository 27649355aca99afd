import type { Checkpoint } from "../checkpoint/index.ts";
import { clipTextConfig } from "../model/index.ts";
import { createTokenizer, type Tokenizer, withWords } from "../prompt/index.ts";

/** The words of a checkpoint: its own, and all with those that embeddings add. */
export function tokenizersOf({ tokenizer, textEncoder, embeddings = [] }: Checkpoint): {
  readonly own: Tokenizer;
  readonly all: Tokenizer;
} {
  const own = createTokenizer({ ...tokenizer, maxLength: clipTextConfig(textEncoder).length });
  const words = embeddings.map(({ word, vectors }) => ({ word, tokens: vectors.shape[0]! }));
  return { own, all: withWords(own, words) };
}
