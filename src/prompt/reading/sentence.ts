import type { Segment } from "../segments.ts";
import { readParts, type Word } from "./parts.ts";
import { type Phrase, readPhrases } from "./phrases.ts";
import { type Role, rolesOf } from "./roles.ts";
import type { Tagger } from "./tagger.ts";
import { type Unit, unitsOf } from "./units.ts";

/** A sentence with its grammar. */
export interface Sentence {
  readonly words: readonly Word[];
  readonly phrases: readonly Phrase[];
  /** One per phrase; null where it is no noun. */
  readonly roles: readonly (Role | null)[];
}

/** Reads one of two sentences; the other one tells which words it writes together. */
export function readSentence(
  segments: readonly Segment[],
  other: readonly Segment[],
  tagger: Tagger,
): Sentence {
  const words = readParts(unitsOf(segments, other), tagger);
  const phrases = readPhrases(words, endOfOther(words, unitsOf(other, segments)));
  return { words, phrases, roles: rolesOf(words, phrases) };
}

/** The punctuation at which the other sentence has ended, if all of it stands before: what follows was added. */
function endOfOther(words: readonly Word[], other: readonly Unit[]): number | null {
  const theirs = other.filter(({ isWord }) => isWord);
  const own = words.flatMap(({ isWord }, k) => (isWord ? [k] : []));
  if (theirs.length === 0 || own.length <= theirs.length) return null;
  const begins = theirs.every(({ text }, k) => text === words[own[k]!]!.text);
  const mark = begins ? own[theirs.length - 1]! + 1 : -1;
  return words[mark]?.part === "mark" ? mark : null;
}
