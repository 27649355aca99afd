import { isMeasure } from "./categories.ts";
import {
  headText,
  isOutside,
  nothing,
  nounAt,
  type PairedSentences,
  type PhraseChange,
  wordsOf,
} from "./change.ts";
import { actors, compareAdverbs, comparePredicates } from "./compare-verbs.ts";
import { sameHead } from "./pair-phrases.ts";
import type { NounPhrase, Phrase } from "./phrases.ts";
import type { Sentence } from "./sentence.ts";

/** What it means that a phrase of the source has gone. */
export function removal(pair: PairedSentences, phrase: Phrase, i: number): PhraseChange[] {
  const { source, target, partner } = pair;
  const before = wordsOf(phrase);
  if (phrase.type === "look") return [{ ...nothing, what: "look", kind: "style", before }];
  if (phrase.type === "verb")
    return [{ ...nothing, ...actors(pair, i, -1), what: "acts", kind: "shape", before }];
  if (phrase.type !== "noun")
    return phrase.type === "adjective" ? comparePredicates(pair, before, [], phrase.subject) : [];
  if (source.roles[i] === "frame") return [];
  const host = nounAt(source, phrase.host);
  const hosted =
    host !== null &&
    (phrase.preposition === "of" || phrase.preposition === "with" || phrase.preposition === "made");
  // What hangs on a phrase that goes or is replaced goes with it.
  if (
    hosted &&
    (partner[phrase.host] === -1 ||
      !sameHead(source, host, target, target.phrases[partner[phrase.host]!]!, pair.isSame))
  )
    return [];
  if (isFramePrefix(source, i, partner))
    return isMeasure(headText(source, phrase)) ? [] : [{ ...nothing, what: "look", kind: "style", before }];
  const kind = isOutside(source, i) ? "background" : phrase.preposition === "made" ? "attribute" : "shape";
  const mask = phrase.preposition === "made" && host ? host.head : before;
  return [{ ...nothing, what: "removed", kind, mask, before, about: hosted ? host.head : [] }];
}

/** "marble relief of | a cat", where the other sentence begins with the cat. */
function isFramePrefix(sentence: Sentence, k: number, partner: readonly number[]): boolean {
  const next = nounAt(sentence, k + 1);
  return k === 0 && next?.preposition === "of" && next.host === 0 && partner[1] !== -1;
}

/** What it means that a phrase of the target is new, and what it belongs to. */
export function addition(pair: PairedSentences, phrase: Phrase, j: number): PhraseChange[] {
  const { source, target, origin } = pair;
  const after = wordsOf(phrase);
  if (phrase.type === "look") return [{ ...nothing, what: "look", kind: "style", after }];
  if (phrase.type === "verb") {
    // What an added thing does is part of it.
    const doer = nounAt(target, j - 1);
    if (doer && origin[j - 1] === -1) return [];
    return [{ ...nothing, ...actors(pair, -1, j), what: "acts", kind: "shape", after }];
  }
  if (phrase.type === "adjective" || phrase.type === "adverb") {
    const subject = origin[phrase.subject] ?? -1;
    return phrase.type === "adjective"
      ? comparePredicates(pair, [], after, subject)
      : compareAdverbs(pair, [], after, subject);
  }
  if (target.roles[j] === "frame") return [];
  if (isFramePrefix(target, j, origin))
    return isMeasure(headText(target, phrase)) ? [] : [{ ...nothing, what: "look", kind: "style", after }];
  if (isOutside(target, j))
    return [{ ...nothing, what: "added", kind: "background", after, targetMask: after }];
  const host = nounAt(target, phrase.host);
  const hangs =
    host !== null &&
    (phrase.preposition === "of" || phrase.preposition === "with" || phrase.preposition === "made");
  if (hangs) {
    const described = nounAt(source, origin[phrase.host] ?? -1);
    if (!described || !sameHead(source, described, target, host, pair.isSame)) return [];
    const about = described.head;
    return [
      {
        ...nothing,
        what: "added",
        kind: "attribute",
        mask: about,
        targetMask: [...after, ...host.head],
        after,
        about,
      },
    ];
  }
  const about = companion(pair, phrase, j)?.head ?? [];
  return [{ ...nothing, what: "added", kind: "shape", mask: about, targetMask: after, after, about }];
}

/** The noun of the source that an added subject or object comes to: the other one of its verb, else the nearest before. */
function companion(
  { source, target, origin }: PairedSentences,
  phrase: NounPhrase,
  j: number,
): NounPhrase | null {
  const known = target.phrases.flatMap((other, k) =>
    other.type === "noun" && origin[k] !== -1 && k !== j ? [k] : [],
  );
  const core = known.filter((k) => nounAt(target, k)!.place !== "prepositional");
  const before = core.filter((k) => k < j).at(-1);
  const pick = phrase.place === "subject" ? (before ?? core[0]) : before;
  return nounAt(source, origin[pick ?? known[0] ?? -1] ?? -1);
}
