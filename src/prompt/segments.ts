import { splitAtWords } from "./added-words.ts";
import type { Tokenizer, WordName } from "./types.ts";

/** A piece of a prompt that is one thing to a reader: a word, or the punctuation beside it. */
export interface Segment {
  /** As written, without the punctuation glued to it. */
  readonly text: string;
  /** Its token ids: segments with the same ids are the same word, whatever their case. */
  readonly ids: readonly number[];
  /** Token positions `[start, end)`, begin mark = 0. */
  readonly start: number;
  readonly end: number;
  /** False for punctuation. */
  readonly isWord: boolean;
}

/**
 * Splits a prompt into words and punctuation with their tokens. White space of any kind and length separates; punctuation
 * glued to a word is its own segment, so that "countryside," is the word "countryside". An added word is one whatever is in it.
 */
export function segmentPrompt(tokenizer: Tokenizer, text: string): Segment[] {
  const idsOf = (piece: string) => tokenizer.encode(piece).slice(1, -1);
  let position = 1;
  return text
    .split(/\s+/)
    .filter((chunk) => chunk !== "")
    .flatMap((chunk) => splitAtWords(tokenizer.words ?? [], chunk))
    .flatMap(({ text, ids }): Piece[] => (ids ? [{ text, ids, isWord: true }] : splitChunk(text, idsOf)))
    .filter(({ ids }) => ids.length > 0)
    .map(({ text, ids, isWord }) => {
      const start = position;
      position += ids.length;
      return { text, ids, start, end: position, isWord };
    });
}

/** A key that is equal for equal words. */
export function keyOf(segment: Segment): string {
  return segment.ids.join(" ");
}

/** The words as written, with single blanks. */
export function textOf(segments: readonly Segment[]): string {
  return segments.map(({ text }) => text).join(" ");
}

/** Where segments stand in the text that they were read from, `[start, end)` each. */
export function placesOf(
  text: string,
  segments: readonly Segment[],
): (readonly [start: number, end: number])[] {
  let from = 0;
  return segments.map((segment) => {
    const start = text.indexOf(segment.text, from);
    from = start + segment.text.length;
    return [start, from] as const;
  });
}

/** Token positions of segments, ascending and without repetition. */
export function tokensOf(segments: readonly Segment[]): number[] {
  const positions = segments.flatMap(({ start, end }) =>
    Array.from({ length: end - start }, (_, k) => start + k),
  );
  return [...new Set(positions)].sort((a, b) => a - b);
}

/**
 * The segments that a caller means by a name: every occurrence of a word or of several words in a row, whatever the case and
 * the punctuation glued to it; a number is a word's index. Empty if there is none.
 */
export function findWord(tokenizer: Tokenizer, segments: readonly Segment[], name: WordName): Segment[] {
  const words = segments.filter(({ isWord }) => isWord);
  if (typeof name === "number") return words.slice(name, name + 1);
  const named = segmentPrompt(tokenizer, name);
  const wanted = named.some(({ isWord }) => isWord) ? named.filter(({ isWord }) => isWord) : named;
  const among = wanted === named ? segments : words;
  if (wanted.length === 0) return [];
  const found = among.flatMap((_, first) => {
    const run = among.slice(first, first + wanted.length);
    return run.length === wanted.length && run.every((word, k) => keyOf(word) === keyOf(wanted[k]!))
      ? run
      : [];
  });
  return [...new Set(found)];
}

interface Piece {
  readonly text: string;
  readonly ids: readonly number[];
  readonly isWord: boolean;
}

// Combining marks belong to their letters; pictures such as emoji are words.
const GLUED =
  /^([^\p{L}\p{N}\p{M}\p{Extended_Pictographic}]*)(.*?)([^\p{L}\p{N}\p{M}\p{Extended_Pictographic}]*)$/su;

function splitChunk(chunk: string, idsOf: (piece: string) => number[]): Piece[] {
  const whole = idsOf(chunk);
  const [, before = "", core = "", after = ""] = GLUED.exec(chunk) ?? [];
  if (core === "") return [{ text: chunk, ids: whole, isWord: false }];
  const pieces = [before, core, after].map((text) => ({
    text,
    ids: text === "" ? [] : idsOf(text),
    isWord: text === core,
  }));
  // A tokenizer that reads the pieces otherwise than the whole (contractions, marks in a row) keeps them together.
  const same = pieces.flatMap(({ ids }) => ids).join() === whole.join();
  return same ? pieces : [{ text: chunk, ids: whole, isWord: true }];
}
