import type { Segment } from "../segments.ts";

/** What a word does in its sentence. `describing`: an adjective, or a participle before its noun. */
export type Part =
  | "mark"
  | "determiner"
  | "quantity"
  | "preposition"
  | "conjunction"
  | "opener"
  | "pronoun"
  | "auxiliary"
  | "verb"
  | "gerund"
  | "participle"
  | "describing"
  | "adverb"
  | "name"
  | "noun";

/** What a reader takes for one word: usually one segment; more where the other sentence writes them together. */
export interface Unit {
  /** Lower case. */
  readonly text: string;
  /** As it stands in the sentence. */
  readonly written: string;
  /** Indices of its segments. */
  readonly segments: readonly number[];
  /** False for punctuation. */
  readonly isWord: boolean;
}

/** Letters and digits only: "tuk-tuk", "tuk tuk" and "TukTuk" are one. */
const bare = (text: string): string => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");

const LONGEST_RUN = 3;

function unitOf(segments: readonly Segment[], from: number, to: number): Unit {
  const parts = segments.slice(from, to);
  const written = parts.map(({ text }) => text).join(" ");
  // An ampersand is punctuation to the tokenizer.
  const isWord = parts.some((part) => part.isWord) || written === "&" || written === "+";
  const text = to - from > 1 ? bare(written) : written.toLowerCase();
  return { text, written, segments: Array.from({ length: to - from }, (_, k) => from + k), isWord };
}

/** The units of a sentence: runs of words that are one word in the other sentence ("skate board", "skateboard") are one. */
export function unitsOf(segments: readonly Segment[], other: readonly Segment[]): Unit[] {
  const words = new Set(other.filter(({ isWord }) => isWord).map(({ text }) => bare(text)));
  const own = new Set(segments.map(({ text }) => bare(text)));
  const units: Unit[] = [];
  let at = 0;
  while (at < segments.length) {
    let length = 1;
    for (let run = LONGEST_RUN; run > 1; run--) {
      const parts = segments.slice(at, at + run);
      if (parts.length < run || !parts.every(({ isWord }) => isWord)) continue;
      const joined = bare(parts.map(({ text }) => text).join(""));
      if (words.has(joined) && !own.has(joined)) {
        length = run;
        break;
      }
    }
    units.push(unitOf(segments, at, at + length));
    at += length;
  }
  return units;
}
