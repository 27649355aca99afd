import { isRidden } from "./categories.ts";
import { headText, isOutside, nothing, nounAt, type PairedSentences, type PhraseChange } from "./change.ts";
import { isLook } from "./compare-nouns.ts";

/** The source's subject of a verb, and what it stands or rides on. */
export function actors(
  { source, partner, target, origin }: PairedSentences,
  i: number,
  j: number,
): Pick<PhraseChange, "mask" | "targetMask" | "about"> {
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
      isRidden(headText(source, phrase)),
  );
  const head = subject?.head ?? [];
  const now = nounAt(target, fromTarget !== -1 ? fromTarget : (partner[fromSource] ?? -1));
  return {
    mask: [...head, ...ridden.flatMap((phrase) => phrase.head)],
    targetMask: now?.head ?? [],
    about: head,
  };
}

/** Adjectives that stand by themselves: they describe their subject. */
export function comparePredicates(
  pair: PairedSentences,
  before: readonly number[],
  after: readonly number[],
  subject: number,
): PhraseChange[] {
  const { source, target, partner } = pair;
  const styled =
    isLook(before.map((k) => source.words[k]!.text)) && isLook(after.map((k) => target.words[k]!.text));
  if (styled) return [{ ...nothing, what: "look", kind: "style", before, after }];
  const described = nounAt(source, subject)?.head ?? [];
  const now = nounAt(target, partner[subject] ?? -1)?.head ?? [];
  const kind = isOutside(source, subject) ? "background" : "attribute";
  return [
    {
      what: "described",
      kind,
      mask: described,
      targetMask: [...now, ...after],
      before,
      after,
      about: described,
    },
  ];
}

/** Adverbs: of place they are a surrounding, else they tell how something is done. */
export function compareAdverbs(
  pair: PairedSentences,
  before: readonly number[],
  after: readonly number[],
  subject: number,
): PhraseChange[] {
  const head = nounAt(pair.source, subject)?.head ?? [];
  const placed = after.length > 0 && !/ly$/.test(pair.target.words[after[0]!]!.text);
  if (placed)
    return [
      { ...nothing, what: before.length > 0 ? "replaced" : "added", kind: "background", before, after },
    ];
  return [{ ...nothing, what: "acts", kind: "shape", mask: head, before, after, about: head }];
}
