import type { EditKind } from "../types.ts";
import type { SameWord } from "./pair-phrases.ts";
import type { NounPhrase, Phrase } from "./phrases.ts";
import type { Sentence } from "./sentence.ts";

/** One thing that differs between two sentences. Words are indices into the sentences' words. */
export interface PhraseChange {
  readonly what: "look" | "replaced" | "described" | "counted" | "moved" | "acts" | "added" | "removed";
  readonly kind: EditKind;
  /** Words of the source whose place in the picture changes. */
  readonly mask: readonly number[];
  /** The same of the target. */
  readonly targetMask: readonly number[];
  /** What it was, and what it becomes: words of the source and of the target. */
  readonly before: readonly number[];
  readonly after: readonly number[];
  /** The word of the source that it hangs on, if it is another. */
  readonly about: readonly number[];
}

/** Both sentences and how their phrases pair up. */
export interface PairedSentences {
  readonly source: Sentence;
  readonly target: Sentence;
  /** For each phrase of the source the target's, −1 where there is none. */
  readonly partner: readonly number[];
  /** The other way round. */
  readonly origin: readonly number[];
  readonly isSame: SameWord;
}

/** A change of nothing, to be filled in. */
export const nothing = { mask: [], targetMask: [], before: [], after: [], about: [] };

/** A phrase that is a noun, null for any other. */
export const nounAt = (sentence: Sentence, k: number): NounPhrase | null => {
  const phrase = sentence.phrases[k];
  return phrase?.type === "noun" ? phrase : null;
};

export const wordsOf = (phrase: Phrase): readonly number[] =>
  phrase.type === "noun" ? [...phrase.modifiers, ...phrase.head] : phrase.head;

/** Whether a noun is a surrounding: a place, a time, weather. */
export const isOutside = (sentence: Sentence, k: number): boolean =>
  sentence.roles[k] === "place" || sentence.roles[k] === "time";

/** The last word of a head, lower case. */
export const headText = (sentence: Sentence, phrase: Phrase): string =>
  sentence.words[phrase.head.at(-1)!]!.text;

/** One thing that differs between two prompts, as a person would say it. */
export interface EditChange {
  /**
   * `replaced`: a thing or a place by another. `described`: how a thing looks. `counted`: how many there are. `moved`: where it
   * stands. `acts`: what somebody does. `look`: the look of the whole picture. `added`, `removed`: a thing, a place, a time.
   */
  readonly what: PhraseChange["what"];
  readonly kind: EditKind;
  /** Words of the source, "" where something is added. */
  readonly before: string;
  /** Words of the target, "" where something is removed. */
  readonly after: string;
  /** The thing of the source that it belongs to, "" if none. */
  readonly about: string;
}
