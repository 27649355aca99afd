import { FateZeroError } from "../errors.ts";
import { type RemovableSentence, readForRemoval } from "./reading/index.ts";
import { findWord, placesOf, type Segment, segmentPrompt } from "./segments.ts";
import type { Tokenizer } from "./types.ts";

/** A sentence without some of the things that it names. */
export interface RemainingSentence {
  /** Empty never: a sentence of which nothing remains is refused. */
  readonly text: string;
  /** The things that went, as the sentence writes them, without articles: "red car". */
  readonly things: readonly string[];
  /** The nouns that they are, for the mask: "car". */
  readonly words: readonly string[];
}

/** A sentence's own writing of some of its segments: blanks and punctuation between neighbours stay as they were. */
function writtenOf(text: string, segments: readonly Segment[], kept: readonly boolean[]): string {
  const places = placesOf(text, segments);
  let out = "";
  let before = -1;
  segments.forEach((segment, k) => {
    if (!kept[k]) return;
    const blank = segment.isWord ? " " : /\s$/.test(text.slice(0, places[k]![0])) ? " " : "";
    const gap = before === -1 ? "" : before === k - 1 ? text.slice(places[before]![1], places[k]![0]) : blank;
    out += gap + segment.text;
    before = k;
  });
  const wasCapital = /^\p{Lu}/u.test(text);
  return wasCapital ? out.replace(/^\p{Ll}/u, (letter) => letter.toUpperCase()) : out;
}

const list = (words: readonly string[]): string => words.map((word) => `"${word}"`).join(", ");

function notThere(name: string, { things }: RemovableSentence): FateZeroError {
  return new FateZeroError(
    "unknown-word",
    `"${name}" is not in the source prompt, and only what it names can be removed.`,
    things.length > 0 ? `It names ${list(things)}.` : "It names no thing.",
  );
}

/**
 * Takes things out of a sentence, with their articles, their adjectives, the preposition that binds them and what hangs on
 * them, so that a sentence remains.
 *
 * @throws FateZeroError `unknown-word`, `not-a-thing`, `nothing-remains`
 * @example
 * (await removeWords(tokenizer, "a red car on a road under a blue sky", ["car"])).text; // "a road under a blue sky"
 */
export async function removeWords(
  tokenizer: Tokenizer,
  source: string,
  names: readonly string[],
): Promise<RemainingSentence> {
  const segments = segmentPrompt(tokenizer, source);
  const sentence = await readForRemoval(segments);
  const named = names.flatMap((name) => {
    const found = findWord(tokenizer, segments, name);
    if (found.length === 0) throw notThere(name, sentence);
    const phrases = sentence.thingsAt(found.map((segment) => segments.indexOf(segment)));
    if (phrases.length > 0) return phrases;
    throw new FateZeroError(
      "not-a-thing",
      `"${name}" is no thing of its own in "${source}".`,
      sentence.things.length > 0
        ? `Name one of ${list(sentence.things)}.`
        : "Name a thing that the sentence names.",
    );
  });
  const { kept, gone } = sentence.without([...new Set(named)]);
  if (kept === null) {
    throw new FateZeroError(
      "nothing-remains",
      `Without ${list(names)} nothing remains of "${source}".`,
      "Describe what is around it, too, as in: a red car on a road.",
    );
  }
  return { text: writtenOf(source, segments, kept), ...gone };
}
