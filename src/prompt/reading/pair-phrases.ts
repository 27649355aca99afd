import type { NounPhrase, Phrase } from "./phrases.ts";
import type { Sentence } from "./sentence.ts";

/** Whether two words, lower case, are one word to a reader. */
export type SameWord = (a: string, b: string) => boolean;

/** For each phrase of the source the phrase of the target that stands in its place, −1 where there is none. */
export function pairPhrases(source: Sentence, target: Sentence, isSame: SameWord): number[] {
  const width = target.phrases.length + 1;
  const score = new Float64Array((source.phrases.length + 1) * width);
  const at = (i: number, j: number): number => score[i * width + j] ?? 0;
  const likeness = (i: number, j: number): number => similarity(source, i, target, j, isSame);
  for (let i = 1; i <= source.phrases.length; i++) {
    for (let j = 1; j <= target.phrases.length; j++)
      score[i * width + j] = Math.max(at(i - 1, j), at(i, j - 1), at(i - 1, j - 1) + likeness(i - 1, j - 1));
  }
  const partner = new Array<number>(source.phrases.length).fill(-1);
  let i = source.phrases.length;
  let j = target.phrases.length;
  while (i > 0 && j > 0) {
    if (at(i, j) === at(i - 1, j - 1) + likeness(i - 1, j - 1)) partner[--i] = --j;
    else if (at(i, j) === at(i, j - 1)) j -= 1;
    else i -= 1;
  }
  pairMoved(source, target, partner, isSame);
  return partner;
}

/** A phrase that stands elsewhere in the target ("At night, a car …") is still the same phrase. */
function pairMoved(source: Sentence, target: Sentence, partner: number[], isSame: SameWord): void {
  source.phrases.forEach((phrase, i) => {
    if (partner[i] !== -1) return;
    const moved = target.phrases.findIndex(
      (other, j) =>
        !partner.includes(j) &&
        other.type === phrase.type &&
        sameHead(source, phrase, target, other, isSame) &&
        source.roles[i] === target.roles[j],
    );
    partner[i] = moved;
  });
}

const MISFIT = -1000;

function similarity(source: Sentence, i: number, target: Sentence, j: number, isSame: SameWord): number {
  const [a, b] = [source.phrases[i]!, target.phrases[j]!];
  if (a.type !== b.type) return MISFIT;
  const same = sameHead(source, a, target, b, isSame);
  switch (a.type) {
    case "noun":
      return nounSimilarity(source, i, target, j, same, isSame);
    case "verb":
      return same ? 4 : 1.5;
    case "look":
      return same ? 4 : 2;
    default:
      return same ? 3 : 1;
  }
}

function nounSimilarity(
  source: Sentence,
  i: number,
  target: Sentence,
  j: number,
  same: boolean,
  isSame: SameWord,
): number {
  const a = source.phrases[i] as NounPhrase;
  const b = target.phrases[j] as NounPhrase;
  const [role, other] = [source.roles[i], target.roles[j]];
  const sharesModifier = a.modifiers.some((m) =>
    b.modifiers.some((n) => isSame(source.words[m]!.text, target.words[n]!.text)),
  );
  const alike = sharesModifier ? 0.5 : 0;
  const fits = a.place === b.place && a.preposition === b.preposition;
  if (same) return 6 + (fits ? 2 : 0) + alike;
  if (role === "frame" || other === "frame") return role === other ? 3 : MISFIT;
  if (fits && role === other) return 3 + alike;
  if (fits) return 2.5 + alike;
  if (role === "place" && other === "place") return 2 + alike;
  if (role === "time" && other === "time") return 2 + alike;
  const outside = (r: typeof role): boolean => r === "place" || r === "time";
  return outside(role) && outside(other) ? 1 + alike : MISFIT;
}

/** Whether two phrases have the same head, or the same letters in all their words. */
export function sameHead(
  source: Sentence,
  a: Phrase,
  target: Sentence,
  b: Phrase,
  isSame: SameWord,
): boolean {
  const heads = (sentence: Sentence, phrase: Phrase): string[] =>
    phrase.head.map((k) => sentence.words[k]!.text);
  const [one, other] = [heads(source, a), heads(target, b)];
  // One may be written as a name and the other not: then the last word decides.
  const same = (k: number): boolean => isSame(one.at(k) ?? "", other.at(k) ?? "");
  if (one.length !== other.length) return a.type === "noun" && same(-1);
  return one.every((_, k) => same(k));
}
