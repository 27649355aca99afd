import { isFurniture, isScenery, isStyle, isStyleNoun } from "./categories.ts";
import { headText, isOutside, nothing, nounAt, type PairedSentences, type PhraseChange } from "./change.ts";
import type { NounPhrase } from "./phrases.ts";
import type { Sentence } from "./sentence.ts";

/** What differs between two nouns that stand for each other. */
export function compareNouns(pair: PairedSentences, i: number, j: number, same: boolean): PhraseChange[] {
  const { source, target, isSame } = pair;
  const [a, b] = [nounAt(source, i)!, nounAt(target, j)!];
  const texts = (sentence: Sentence, indices: readonly number[]): string[] =>
    indices.map((k) => sentence.words[k]!.text);
  const lost = a.modifiers.filter(
    (m) => !b.modifiers.some((n) => isSame(source.words[m]!.text, target.words[n]!.text)),
  );
  const won = b.modifiers.filter(
    (n) => !a.modifiers.some((m) => isSame(source.words[m]!.text, target.words[n]!.text)),
  );
  if (source.roles[i] === "frame") return [];
  if (!same) {
    const scenic =
      isScenery(target.words[b.head.at(-1)!]!.text) &&
      b.place === "prepositional" &&
      target.roles[j] !== "thing";
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
  const isPlace = isOutside(source, i) && isOutside(target, j) && !isFurniture(headText(source, a));
  const kind = isPlace ? "background" : "attribute";
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
    changes.push({
      ...described,
      what: "counted",
      kind: "attribute",
      before: indexOf(a.count),
      after: indexOf(b.count),
    });
  if (isMoved(a, b)) {
    const subject = nounAt(source, a.host);
    const mask = subject ? subject.head : a.head;
    changes.push({
      ...nothing,
      what: "moved",
      kind: subject ? "shape" : "background",
      mask,
      before: [a.start],
      after: [b.start],
    });
  }
  return changes;
}

const indexOf = (k: number | null): number[] => (k === null ? [] : [k]);

/** Whether describing words, all of them, speak of the picture: "cartoon", "pixel art", "… style". */
export const isLook = (words: readonly string[]): boolean =>
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
