import { type Segment, segmentPrompt, tokensOf } from "../segments.ts";
import type { EditKind, PlanMask, Tokenizer } from "../types.ts";
import type { EditChange, PairedSentences, PhraseChange } from "./change.ts";
import { findChanges } from "./changes.ts";
import { isMisspelling, isSameForm } from "./forms.ts";
import { pairPhrases, type SameWord } from "./pair-phrases.ts";
import type { Word } from "./parts.ts";
import { sayChange, sayKind } from "./say.ts";
import { readSentence, type Sentence } from "./sentence.ts";
import { loadTagger } from "./tagger.ts";
import { showsNothing } from "./words.ts";

/** What two prompts mean, as far as their words tell. */
export interface EditReading {
  /** What the edit changes most of all: a shape before an attribute, that before the background, that before the style. */
  readonly kind: EditKind;
  /** Words of the source whose place in the picture changes: lower case, in their order, each once. A style has none. */
  readonly maskWords: readonly string[];
  /** The same with token positions and the target's words, for the blend mask. */
  readonly mask: PlanMask;
  /** Empty if the prompts say the same. */
  readonly changes: readonly EditChange[];
  /** Whether the rule found no thing that changes and took the likeliest one. */
  readonly isGuess: boolean;
  /** The things that the source names: what may be named as mask words instead. */
  readonly things: readonly string[];
  /** One line for a person: the kind, and why. */
  readonly explanation: string;
}

/** Kinds in the order in which they decide, where several things change. */
const DECIDING: readonly EditKind[] = ["shape", "attribute", "background", "style"];

/** From this size on a vocabulary holds nearly every English word, so that what it cuts into pieces may be misspelled. */
const WHOLE_ENGLISH = 20_000;

/**
 * Reads two prompts as a person would: which things, places, times and looks they name, which of these differ, what kind of edit
 * that is, and which words of the source show where. Needs no model. English only; the first call loads the tagger.
 *
 * The rule: the noun phrases of both sentences are paired by head and governing preposition. A head that is replaced is a
 * *shape*, behind a preposition of place a *background*; changed modifiers are an *attribute* of their head; another verb
 * concerns its subject (*shape*); times and weather are *background*; words about the picture are *style*.
 *
 * @example
 * const { kind, maskWords } = await readEdit(tokenizer, "a red rose in a garden", "a blue rose in a garden");
 * // "attribute", ["rose"]
 */
export async function readEdit(tokenizer: Tokenizer, source: string, target: string): Promise<EditReading> {
  const tagger = await loadTagger();
  const [from, to] = [segmentPrompt(tokenizer, source), segmentPrompt(tokenizer, target)];
  const isSame = sameWord(tokenizer);
  const sentences = { source: readSentence(from, to, tagger), target: readSentence(to, from, tagger) };
  const partner = pairPhrases(sentences.source, sentences.target, isSame);
  const origin = sentences.target.phrases.map((_, j) => partner.indexOf(j));
  const pair = { ...sentences, partner, origin, isSame };
  const found = findChanges(pair);
  const changes = found.length > 0 ? found : unreadChange(pair);
  return readingOf(pair, changes, from, to);
}

function sameWord(tokenizer: Tokenizer): SameWord {
  const isKnown = (word: string): boolean =>
    tokenizer.vocabSize < WHOLE_ENGLISH || tokenizer.encode(word).length === 3;
  return (a, b) => isSameForm(a, b) || isMisspelling(a, b, isKnown);
}

/** Words that differ but belong to no phrase: something changes, the rule does not know what. */
function unreadChange({ source, target, isSame }: PairedSentences): PhraseChange[] {
  const others = (sentence: Sentence, other: Sentence): number[] =>
    sentence.words.flatMap(({ text, isWord }, k) => {
      const known = !isWord || showsNothing(text) || other.words.some((word) => isSame(text, word.text));
      return known ? [] : [k];
    });
  const [before, after] = [others(source, target), others(target, source)];
  if (before.length + after.length === 0) return [];
  return [{ what: "described", kind: "attribute", mask: [], targetMask: after, before, after, about: [] }];
}

function readingOf(
  pair: PairedSentences,
  changes: readonly PhraseChange[],
  from: readonly Segment[],
  to: readonly Segment[],
): EditReading {
  const { source, target } = pair;
  const kind = DECIDING.find((one) => changes.some((change) => change.kind === one)) ?? "style";
  const told = kind === "style" ? [] : changes.flatMap(({ mask }) => mask);
  const isGuess = (kind === "shape" || kind === "attribute") && told.length === 0;
  const words = isGuess ? firstThing(source) : told;
  const targetWords = kind === "style" ? [] : changes.flatMap(({ targetMask }) => targetMask);
  const mask = maskOf(segmentsOf(source.words, words, from), segmentsOf(target.words, targetWords, to));
  const said = changes.map((change) => textsOf(source, target, change));
  return {
    kind,
    maskWords: [...new Set(mask.sourceWords.map((word) => word.toLowerCase()))],
    mask,
    changes: said,
    isGuess,
    things: thingsOf(source),
    explanation: sayKind(kind, said.map(sayChange)),
  };
}

/** The first noun: what a sentence is about. */
function firstThing({ phrases }: Sentence): readonly number[] {
  return phrases.find(({ type }) => type === "noun")?.head ?? [];
}

function thingsOf({ words, phrases, roles }: Sentence): string[] {
  const nouns = phrases.filter(({ type }, k) => type === "noun" && roles[k] !== "frame");
  return [...new Set(nouns.map(({ head }) => head.map((k) => words[k]!.written).join(" ")))];
}

function textsOf(source: Sentence, target: Sentence, change: PhraseChange): EditChange {
  const text = ({ words }: Sentence, indices: readonly number[]): string =>
    indices.map((k) => words[k]!.written).join(" ");
  return {
    what: change.what,
    kind: change.kind,
    before: text(source, change.before),
    after: text(target, change.after),
    about: text(source, change.about),
  };
}

function segmentsOf(
  words: readonly Word[],
  indices: readonly number[],
  segments: readonly Segment[],
): Segment[] {
  const found = indices.flatMap((k) => words[k]!.segments).sort((a, b) => a - b);
  return [...new Set(found)].map((k) => segments[k]!);
}

function maskOf(source: readonly Segment[], target: readonly Segment[]): PlanMask {
  const texts = (segments: readonly Segment[]) => segments.map(({ text }) => text);
  return {
    sourceTokens: tokensOf(source),
    targetTokens: tokensOf(target),
    sourceWords: texts(source),
    targetWords: texts(target),
  };
}
