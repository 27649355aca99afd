import type { EditKind } from "../types.ts";
import { isHaving, isMeasure, isRidden, isScenery, isStyle, isStyleNoun } from "./categories.ts";
import { type SameWord, sameHead } from "./pair-phrases.ts";
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

/** Everything that differs, phrase by phrase. */
export function findChanges(pair: PairedSentences): PhraseChange[] {
  const { source, target, partner, origin } = pair;
  const changes: PhraseChange[] = [];
  source.phrases.forEach((phrase, i) => {
    const j = partner[i]!;
    if (j === -1) changes.push(...removal(pair, phrase, i));
    else changes.push(...comparison(pair, i, j));
  });
  target.phrases.forEach((phrase, j) => {
    if (origin[j] === -1) changes.push(...addition(pair, phrase, j));
  });
  return settleActs(pair, changes);
}

const nothing = { mask: [], targetMask: [], before: [], after: [], about: [] };

const nounAt = (sentence: Sentence, k: number): NounPhrase | null => {
  const phrase = sentence.phrases[k];
  return phrase?.type === "noun" ? phrase : null;
};

const wordsOf = (phrase: Phrase): readonly number[] =>
  phrase.type === "noun" ? [...phrase.modifiers, ...phrase.head] : phrase.head;

const isOutside = (sentence: Sentence, k: number): boolean =>
  sentence.roles[k] === "place" || sentence.roles[k] === "time";

function comparison(pair: PairedSentences, i: number, j: number): PhraseChange[] {
  const { source, target, isSame } = pair;
  const [a, b] = [source.phrases[i]!, target.phrases[j]!];
  const same = sameHead(source, a, target, b, isSame);
  if (a.type === "noun" && b.type === "noun") return compareNouns(pair, i, j, same);
  if (same) return [];
  const changed = { before: a.head, after: b.head };
  if (a.type === "look") return [{ ...nothing, ...changed, what: "look", kind: "style" }];
  if (a.type === "verb") return [{ ...nothing, ...changed, ...actors(pair, i, j), what: "acts", kind: "shape" }];
  if (a.type === "adjective") return predicate(pair, a.head, b.head, a.subject);
  return adverbs(pair, a.head, b.head, a.subject);
}

function compareNouns(pair: PairedSentences, i: number, j: number, same: boolean): PhraseChange[] {
  const { source, target, isSame } = pair;
  const [a, b] = [nounAt(source, i)!, nounAt(target, j)!];
  const texts = (sentence: Sentence, indices: readonly number[]): string[] =>
    indices.map((k) => sentence.words[k]!.text);
  const lost = a.modifiers.filter((m) => !b.modifiers.some((n) => isSame(source.words[m]!.text, target.words[n]!.text)));
  const won = b.modifiers.filter((n) => !a.modifiers.some((m) => isSame(source.words[m]!.text, target.words[n]!.text)));
  if (source.roles[i] === "frame") return [];
  if (!same) {
    const scenic = isScenery(target.words[b.head.at(-1)!]!.text) && b.place === "prepositional" && target.roles[j] !== "thing";
    const outside = isOutside(target, j) && (isOutside(source, i) || scenic);
    const made = a.preposition === "made" && nounAt(source, a.host);
    return [
      {
        ...nothing,
        what: made ? "described" : "replaced",
        kind: outside ? "background" : made ? "attribute" : "shape",
        mask: made ? made.head : [...lost, ...a.head],
        targetMask: [...won, ...b.head],
        before: [...lost, ...a.head],
        after: [...won, ...b.head],
      },
    ];
  }
  const kind = isOutside(source, i) && isOutside(target, j) ? "background" : "attribute";
  const described = { mask: a.head, targetMask: [...won, ...b.head], about: a.head };
  const changes: PhraseChange[] = [];
  if (lost.length + won.length > 0) {
    const styled = isLook(texts(source, lost)) && isLook(texts(target, won));
    changes.push(
      styled
        ? { ...nothing, what: "look", kind: "style", before: lost, after: won }
        : { ...described, what: "described", kind, before: lost, after: won },
    );
  }
  if (isRecounted(pair, a, b))
    changes.push({ ...described, what: "counted", kind: "attribute", before: indexOf(a.count), after: indexOf(b.count) });
  if (isMoved(a, b)) {
    const subject = nounAt(source, a.host);
    const mask = subject ? subject.head : a.head;
    changes.push({ ...nothing, what: "moved", kind: subject ? "shape" : "background", mask, before: [a.start], after: [b.start] });
  }
  return changes;
}

const indexOf = (k: number | null): number[] => (k === null ? [] : [k]);

const isLook = (words: readonly string[]): boolean =>
  words.at(-1) === "style" || words.every((word) => isStyle(word) || isStyleNoun(word));

function isRecounted({ source, target, isSame }: PairedSentences, a: NounPhrase, b: NounPhrase): boolean {
  if (b.count === null) return false;
  const now = target.words[b.count]!.text;
  if (/^(one|single)$/.test(now)) return false;
  return a.count === null || !isSame(source.words[a.count]!.text, now);
}

/** Prepositions that place a thing elsewhere; all others are near enough to each other. */
function positionOf(preposition: string | null): string {
  if (preposition === null) return "";
  if (/^(under|below|beneath|underneath)$/.test(preposition)) return "under";
  if (/^(behind|in front of|outside|outside of)$/.test(preposition)) return preposition;
  return "";
}

const isMoved = (a: NounPhrase, b: NounPhrase): boolean =>
  a.place === b.place && positionOf(a.preposition) !== positionOf(b.preposition);

/** The source's subject of a verb, and what it stands or rides on. */
function actors({ source, partner, target, origin }: PairedSentences, i: number, j: number): Pick<PhraseChange, "mask" | "targetMask" | "about"> {
  const verb = source.phrases[i];
  const other = target.phrases[j];
  const fromSource = verb?.type === "verb" ? verb.subject : -1;
  const fromTarget = other?.type === "verb" ? other.subject : -1;
  const subject = nounAt(source, fromSource !== -1 ? fromSource : (origin[fromTarget] ?? -1));
  const ridden = source.phrases.filter(
    (phrase) =>
      phrase.type === "noun" &&
      i !== -1 &&
      phrase.verb === i &&
      phrase.place === "prepositional" &&
      isRidden(source.words[phrase.head.at(-1)!]!.text),
  );
  const head = subject?.head ?? [];
  const now = nounAt(target, fromTarget !== -1 ? fromTarget : (partner[fromSource] ?? -1));
  return { mask: [...head, ...ridden.flatMap((phrase) => phrase.head)], targetMask: now?.head ?? [], about: head };
}

function predicate(pair: PairedSentences, before: readonly number[], after: readonly number[], subject: number): PhraseChange[] {
  const { source, target, partner } = pair;
  const styled =
    isLook(before.map((k) => source.words[k]!.text)) && isLook(after.map((k) => target.words[k]!.text));
  if (styled) return [{ ...nothing, what: "look", kind: "style", before, after }];
  const described = nounAt(source, subject)?.head ?? [];
  const now = nounAt(target, partner[subject] ?? -1)?.head ?? [];
  const kind = isOutside(source, subject) ? "background" : "attribute";
  return [{ what: "described", kind, mask: described, targetMask: [...now, ...after], before, after, about: described }];
}

function adverbs(pair: PairedSentences, before: readonly number[], after: readonly number[], subject: number): PhraseChange[] {
  const head = nounAt(pair.source, subject)?.head ?? [];
  const placed = after.length > 0 && !/ly$/.test(pair.target.words[after[0]!]!.text);
  if (placed) return [{ ...nothing, what: before.length > 0 ? "replaced" : "added", kind: "background", before, after }];
  return [{ ...nothing, what: "acts", kind: "shape", mask: head, before, after, about: head }];
}

function removal(pair: PairedSentences, phrase: Phrase, i: number): PhraseChange[] {
  const { source, target, partner } = pair;
  const before = wordsOf(phrase);
  if (phrase.type === "look") return [{ ...nothing, what: "look", kind: "style", before }];
  if (phrase.type === "verb") return [{ ...nothing, ...actors(pair, i, -1), what: "acts", kind: "shape", before }];
  if (phrase.type !== "noun")
    return phrase.type === "adjective" ? predicate(pair, before, [], phrase.subject) : [];
  if (source.roles[i] === "frame") return [];
  const host = nounAt(source, phrase.host);
  const hosted = host !== null && (phrase.preposition === "of" || phrase.preposition === "with" || phrase.preposition === "made");
  // What hangs on a phrase that goes or is replaced goes with it.
  if (hosted && (partner[phrase.host] === -1 || !sameHead(source, host, target, target.phrases[partner[phrase.host]!]!, pair.isSame)))
    return [];
  if (isFramePrefix(source, i, partner)) return isMeasure(lastText(source, phrase)) ? [] : [{ ...nothing, what: "look", kind: "style", before }];
  const kind = isOutside(source, i) ? "background" : phrase.preposition === "made" ? "attribute" : "shape";
  const mask = phrase.preposition === "made" && host ? host.head : before;
  return [{ ...nothing, what: "removed", kind, mask, before, about: hosted ? host.head : [] }];
}

const lastText = (sentence: Sentence, phrase: Phrase): string => sentence.words[phrase.head.at(-1)!]!.text;

/** "stained glass window of | a cat", where the other sentence begins with the cat. */
function isFramePrefix(sentence: Sentence, k: number, partner: readonly number[]): boolean {
  const next = nounAt(sentence, k + 1);
  return k === 0 && next?.preposition === "of" && next.host === 0 && partner[1] !== -1;
}

function addition(pair: PairedSentences, phrase: Phrase, j: number): PhraseChange[] {
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
    return phrase.type === "adjective" ? predicate(pair, [], after, subject) : adverbs(pair, [], after, subject);
  }
  if (target.roles[j] === "frame") return [];
  if (isFramePrefix(target, j, origin)) return isMeasure(lastText(target, phrase)) ? [] : [{ ...nothing, what: "look", kind: "style", after }];
  if (isOutside(target, j)) return [{ ...nothing, what: "added", kind: "background", after, targetMask: after }];
  const host = nounAt(target, phrase.host);
  const hangs = host !== null && (phrase.preposition === "of" || phrase.preposition === "with" || phrase.preposition === "made");
  if (hangs) {
    const described = nounAt(source, origin[phrase.host] ?? -1);
    if (!described || !sameHead(source, described, target, host, pair.isSame)) return [];
    const about = described.head;
    return [{ ...nothing, what: "added", kind: "attribute", mask: about, targetMask: [...after, ...host.head], after, about }];
  }
  const about = companion(pair, phrase, j)?.head ?? [];
  return [{ ...nothing, what: "added", kind: "shape", mask: about, targetMask: after, after, about }];
}

/** The noun of the source that an added subject or object comes to: the other one of its verb, else the nearest before. */
function companion({ source, target, origin }: PairedSentences, phrase: NounPhrase, j: number): NounPhrase | null {
  const known = target.phrases.flatMap((other, k) => (other.type === "noun" && origin[k] !== -1 && k !== j ? [k] : []));
  const core = known.filter((k) => nounAt(target, k)!.place !== "prepositional");
  const before = core.filter((k) => k < j).at(-1);
  const pick = phrase.place === "subject" ? (before ?? core[0]) : before;
  return nounAt(source, origin[pick ?? known[0] ?? -1] ?? -1);
}

/** What somebody does is told by its nouns where they change, too. */
function settleActs(pair: PairedSentences, changes: readonly PhraseChange[]): PhraseChange[] {
  const nouns = changes.filter(({ what, kind }) => what !== "acts" && (kind === "shape" || kind === "attribute"));
  if (nouns.length === 0) return [...changes];
  void pair;
  void isHaving;
  return changes.filter(({ what }) => what !== "acts");
}
