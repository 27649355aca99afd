import { isHaving, isMaking } from "./categories.ts";
import { findLooks } from "./looks.ts";
import { isNominal, phraseEnd } from "./noun-run.ts";
import type { Word } from "./parts.ts";
import { EMPTY_NOUNS, PLAIN_PREPOSITION } from "./words.ts";

/** A noun with what describes it, and what it hangs on. */
export interface NounPhrase {
  readonly type: "noun";
  /** Indices of the words of the head: one, or all of a name ("Grand Canyon"). */
  readonly head: readonly number[];
  /** Describing words before the head, nouns among them ("ice" of "ice rink"). */
  readonly modifiers: readonly number[];
  /** A number or quantity. */
  readonly count: number | null;
  /** The preposition that governs it; "with" also for "wearing", "holding" …; "made" for "made of", "covered in" …. */
  readonly preposition: string | null;
  /** Where its preposition stands, else its first word. */
  readonly start: number;
  /** Subject of a verb, or its object, or behind a preposition. */
  readonly place: "subject" | "object" | "prepositional";
  /** The noun phrase that it belongs to (index among the phrases), −1 if it stands by itself. */
  readonly host: number;
  /** The verb before it in its clause (index among the phrases), −1 if there is none. */
  readonly verb: number;
}

/** A verb; auxiliaries are left out. */
export interface VerbPhrase {
  readonly type: "verb";
  readonly head: readonly number[];
  /** Whose doing it is. */
  readonly subject: number;
}

/** Adjectives that stand by themselves: "the car is red". */
export interface AdjectivePhrase {
  readonly type: "adjective";
  readonly head: readonly number[];
  /** The noun that they describe. */
  readonly subject: number;
}

export interface AdverbPhrase {
  readonly type: "adverb";
  readonly head: readonly number[];
  readonly subject: number;
}

/** Words about the picture: "a painting of", ", oil on canvas", "in pixel art style". */
export interface LookPhrase {
  readonly type: "look";
  readonly head: readonly number[];
}

export type Phrase = NounPhrase | VerbPhrase | AdjectivePhrase | AdverbPhrase | LookPhrase;

/** What governs the noun that follows: a preposition, or a verb that attaches as one does ("wearing", "made of"). */
interface Governor {
  readonly text: string;
  readonly start: number;
  readonly isVerb: boolean;
}

/** What is open while a sentence is read. Phrases are named by their indices, −1 for none. */
interface Reader {
  readonly words: readonly Word[];
  readonly phrases: Phrase[];
  /** Subject and verb of the clause. */
  subject: number;
  verb: number;
  /** The last noun phrase. */
  last: number;
  governor: Governor | null;
  /** Whether a comma or an "and" came last, so that a noun joins the one before. */
  isListing: boolean;
}

/**
 * Reads the words of a sentence as phrases, in order.
 *
 * @param otherEnd the punctuation at which the other sentence has ended, if this one only goes on
 */
export function readPhrases(words: readonly Word[], otherEnd: number | null): Phrase[] {
  const looks = findLooks(words, otherEnd);
  const reader: Reader = {
    ...{ words, phrases: [], subject: -1, verb: -1, last: -1 },
    ...{ governor: null, isListing: false },
  };
  let at = 0;
  while (at < words.length) {
    const look = looks.find(({ from }) => from === at);
    if (look) {
      const head = range(look.from, look.to).filter((k) => words[k]!.isWord);
      reader.phrases.push({ type: "look", head });
      reader.governor = null;
      at = look.to;
    } else if (opensNoun(words[at]!)) at = readNoun(reader, at);
    else at = readWord(reader, at);
  }
  return reader.phrases;
}

const opensNoun = (word: Word): boolean =>
  isNominal(word) || word.part === "quantity" || word.part === "determiner";

/** Reads the run of describing words and nouns that begins at `from`; returns where it ends. */
function readNoun(reader: Reader, from: number): number {
  const { words, phrases, subject, verb, last, governor, isListing } = reader;
  const to = phraseEnd(words, from);
  const noun = nounOf(words, from, to);
  if (!noun) {
    const head = range(from, to).filter((k) => words[k]!.part === "describing");
    if (head.length > 0) phrases.push({ type: "adjective", head, subject });
    return to;
  }
  const previous = phrases[last];
  const joined = !governor && isListing && previous?.type === "noun" ? previous : null;
  const place = joined?.place ?? (governor ? "prepositional" : verb === -1 ? "subject" : "object");
  const preposition = joined ? joined.preposition : (governor?.text ?? null);
  // "with" hangs on the noun just before, unless that is a place; all else on the subject.
  const hangsBefore =
    preposition === "with" && !governor?.isVerb && last === phrases.length - 1 && !isPlaced(previous);
  const host = preposition === null ? -1 : preposition === "of" || hangsBefore ? last : subject;
  phrases.push({ type: "noun", ...noun, preposition, start: governor?.start ?? from, place, host, verb });
  reader.last = phrases.length - 1;
  if (place === "subject" && !(isListing && subject !== -1)) reader.subject = reader.last;
  reader.governor = null;
  reader.isListing = false;
  return to;
}

function isPlaced(phrase: Phrase | undefined): boolean {
  return phrase?.type === "noun" && phrase.place === "prepositional" && phrase.preposition !== "of";
}

/** Reads a word, or all of a preposition of several words; returns where it ends. */
function readWord(reader: Reader, at: number): number {
  const { words, phrases, subject, governor } = reader;
  const word = words[at]!;
  switch (word.part) {
    case "preposition": {
      let end = at + 1;
      if (word.preposition!.includes(" ")) while (words[end]?.preposition === word.preposition) end += 1;
      const text = PLAIN_PREPOSITION[word.preposition!] ?? word.preposition!;
      // "made of", "covered in": the participle leads, whatever its preposition.
      if (!governor?.isVerb) reader.governor = { text, start: governor?.start ?? at, isVerb: false };
      return end;
    }
    case "verb":
    case "gerund":
    case "participle": {
      const text = attachingVerb(word);
      reader.governor = text === null ? null : { text, start: at, isVerb: true };
      if (text === null) {
        phrases.push({ type: "verb", head: [at], subject });
        reader.verb = phrases.length - 1;
      }
      break;
    }
    case "adverb":
      phrases.push({ type: "adverb", head: [at], subject });
      break;
    case "conjunction":
    case "mark":
      reader.isListing = word.part === "conjunction" || word.text.startsWith(",");
      reader.governor = null;
      break;
    case "opener":
      reader.governor = null;
      reader.verb = -1;
      break;
    case "pronoun":
      reader.governor = null;
      break;
    default:
  }
  return at + 1;
}

/** What a verb stands for that attaches a thing, null for all others. */
function attachingVerb({ part, text }: Word): string | null {
  if (part === "participle" && isMaking(text)) return text.startsWith("surround") ? "around" : "made";
  return part !== "verb" && isHaving(text) ? "with" : null;
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, k) => from + k);

function nounOf(
  words: readonly Word[],
  from: number,
  to: number,
): Pick<NounPhrase, "head" | "modifiers" | "count"> | null {
  const content = range(from, to).filter((k) => isNominal(words[k]));
  const counts = range(from, to).filter((k) => words[k]!.part === "quantity");
  const last = content.at(-1);
  const opened = words[from]!.part === "determiner" || words[from]!.part === "quantity";
  if (last === undefined) return null;
  // An adjective by itself is no noun, but behind an article it stands for one ("the elderly").
  if (words[last]!.part === "describing" && !opened) return null;
  if (content.length === 1 && EMPTY_NOUNS.has(words[last]!.text)) return null;
  let first = content.length - 1;
  if (words[last]!.part === "name")
    while (first > 0 && words[content[first - 1]!]!.part === "name") first -= 1;
  return { head: content.slice(first), modifiers: content.slice(0, first), count: counts[0] ?? null };
}
