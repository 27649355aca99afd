import { FateZeroError } from "../errors.ts";
import type { AddedWord, Tokenizer } from "./types.ts";

/** A piece of a text: an added word as it is written there, or what stands between such words. */
export interface TextPart {
  readonly text: string;
  /** The added word's token ids; null for other text. */
  readonly ids: readonly number[] | null;
}

// An added word counts only where no letter, digit or underscore continues it: "sks" is not in "sksy".
const CONTINUES = String.raw`[\p{L}\p{N}\p{M}_]`;

function patternOf(word: string): string {
  const escaped = word.replace(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
  const continues = new RegExp(CONTINUES, "u");
  const before = continues.test([...word][0]!) ? `(?<!${CONTINUES})` : "";
  const after = continues.test([...word].at(-1)!) ? `(?!${CONTINUES})` : "";
  return `${before}${escaped}${after}`;
}

const keyOf = (word: string): string => word.normalize("NFC").toLowerCase();

/** Cuts a text at the added words in it, whatever their case, the longest first; pieces are never empty. */
export function splitAtWords(words: readonly AddedWord[], text: string): TextPart[] {
  if (words.length === 0) return text === "" ? [] : [{ text, ids: null }];
  const idsOf = new Map(words.map(({ word, ids }) => [keyOf(word), ids]));
  const longestFirst = [...words].sort((a, b) => b.word.length - a.word.length);
  const pattern = longestFirst.map(({ word }) => patternOf(word.normalize("NFC"))).join("|");
  // With a group around it, split keeps what it splits at.
  const pieces = text.normalize("NFC").split(new RegExp(`(${pattern})`, "giu"));
  return pieces
    .map((piece, i) => ({ text: piece, ids: i % 2 === 1 ? (idsOf.get(keyOf(piece)) ?? null) : null }))
    .filter((part) => part.text !== "");
}

/**
 * What each of a word's tokens decodes to: slices of the word that together are it, the last with the end-of-word blank.
 * Words are found by counting characters, so where there are more tokens than characters the empty slices come first.
 */
function slicesOf(word: string, count: number): string[] {
  const characters = [...word];
  const spare = Math.max(0, count - characters.length);
  const start = (k: number): number =>
    spare > 0 ? Math.max(0, k - spare) : Math.floor((k * characters.length) / count);
  return Array.from({ length: count }, (_, k) => {
    const slice = characters.slice(start(k), start(k + 1)).join("");
    return k === count - 1 ? `${slice} ` : slice;
  });
}

function refuseEmbedding(word: string, why: string): FateZeroError {
  return new FateZeroError(
    "embedding-word",
    `"${word}" cannot be the word of an embedding: ${why}.`,
    'Give it another word, as in "my-cat=FILE".',
  );
}

/**
 * Adds words to a tokenizer, each of as many tokens as textual inversion found vectors for it (Gal et al. 2022). Their
 * ids follow the vocabulary in order. The words are found whatever their case, but not inside other words; all other
 * text is read as before. Words, masks and alignment treat an added word as one word of the sentence.
 *
 * @throws FateZeroError `embedding-word` for a word that is empty, holds a blank or "#", was given twice, or is a token
 *   of the vocabulary already.
 */
export function withWords(
  tokenizer: Tokenizer,
  words: readonly { readonly word: string; readonly tokens: number }[],
  refuse: (word: string, why: string) => FateZeroError = refuseEmbedding,
): Tokenizer {
  if (words.length === 0) return tokenizer;
  const { bos, eos } = tokenizer;
  const seen = new Set((tokenizer.words ?? []).map(({ word }) => keyOf(word)));
  const texts: string[] = [];
  const added = words.map(({ word, tokens }): AddedWord => {
    if (word === "") throw refuse(word, "it is empty");
    // Words of a prompt are counted between blanks, and the released code's counting leaves # out.
    if (/[\s#]/u.test(word)) throw refuse(word, "it holds a blank or #");
    if (seen.has(keyOf(word))) throw refuse(word, "it was given twice");
    const own = tokenizer.encode(word).slice(1, -1);
    if (own.length === 1 && keyOf(tokenizer.decodeToken(own[0]!).trim()) === keyOf(word))
      throw refuse(word, "the model's vocabulary has it already");
    seen.add(keyOf(word));
    const first = tokenizer.vocabSize + texts.length;
    texts.push(...slicesOf(word, tokens));
    return { word, ids: Array.from({ length: tokens }, (_, k) => first + k) };
  });
  const all = [...(tokenizer.words ?? []), ...added];
  return {
    ...tokenizer,
    vocabSize: tokenizer.vocabSize + texts.length,
    words: all,
    encode: (text) => [
      bos,
      ...splitAtWords(all, text).flatMap((part) => part.ids ?? tokenizer.encode(part.text).slice(1, -1)),
      eos,
    ],
    decodeToken: (id) => texts[id - tokenizer.vocabSize] ?? tokenizer.decodeToken(id),
  };
}
