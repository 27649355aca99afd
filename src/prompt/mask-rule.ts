import type { Change, Difference } from "./difference.ts";
import { isArticle, isAttaching, isFunctionWord, isMedium, leansBack, nounAfter } from "./english.ts";
import { type Segment, textOf } from "./segments.ts";

/** The words of the mask that a difference asks for, and why. */
export interface MaskChoice {
  readonly source: readonly Segment[];
  readonly target: readonly Segment[];
  /** One remark per change that needs one, for the plan's explanation. */
  readonly remarks: readonly string[];
}

/**
 * Chooses the words whose attention says where the edit happens. For every change, ignoring words that show nothing
 * (articles, prepositions, …):
 *
 * 1. *replaced or removed words*: the source words themselves;
 * 2. *inserted words*: the noun that they describe. That is the next noun of the source ("house" for "striped house", "car" for
 *    "striped red car"), or the last word before if they begin with a preposition or a word such as "with";
 * 3. *words about the whole picture*: none. They are: inserted at the very beginning if they end in "of" or with punctuation
 *    or if an article follows ("watercolor painting of", "pixel art," …); the kind of picture before an "of" ("a photo of" → "a
 *    sketch of"); inserted at the very end, unless by "with", "wearing" … ("… at night", ", Makoto Shinkai style").
 *
 * No words at all: nothing is masked and the source's self-attention replaces the edit's everywhere.
 */
export function chooseMaskWords(difference: Difference): MaskChoice {
  const parts = difference.changes.map((change) => wordsOfChange(difference, change));
  return {
    source: parts.flatMap(({ source }) => source),
    target: parts.flatMap(({ target }) => target),
    remarks: parts.flatMap(({ remarks }) => remarks),
  };
}

const NOTHING: MaskChoice = { source: [], target: [], remarks: [] };

function wordsOfChange(difference: Difference, change: Change): MaskChoice {
  const { source, target } = difference;
  const removed = source.slice(change.from, change.to).filter(showsSomething);
  const inserted = target.slice(change.targetFrom, change.targetTo).filter(showsSomething);
  if (removed.length === 0 && inserted.length === 0) return NOTHING;
  if (isAboutThePicture(difference, change, [...removed, ...inserted])) {
    const words = target.slice(change.targetFrom, change.targetTo).filter(({ isWord }) => isWord);
    const what =
      words.length > 0 ? words : source.slice(change.from, change.to).filter(({ isWord }) => isWord);
    return { ...NOTHING, remarks: [`"${textOf(what)}" speaks of the whole picture`] };
  }
  if (removed.length > 0) return { source: removed, target: inserted, remarks: [] };
  return wordsOfInsertion(difference, change, inserted);
}

function wordsOfInsertion(
  { source, target, sourceOf }: Difference,
  change: Change,
  inserted: readonly Segment[],
): MaskChoice {
  const firstWord = target.slice(change.targetFrom, change.targetTo).find(({ isWord }) => isWord);
  const before = source.slice(0, change.from).findLastIndex(showsSomething);
  const ahead = nounAfter(source.slice(change.to).map(({ text, isWord }) => (isWord ? text : null)));
  const leans = firstWord !== undefined && leansBack(firstWord.text) && before !== -1;
  const noun = leans || ahead === -1 ? before : change.to + ahead;
  if (noun === -1)
    return {
      source: [],
      target: inserted,
      remarks: [`"${textOf(inserted)}" describes no word of the source`],
    };
  const described = source[noun]!;
  const inTarget = target.filter((_, t) => sourceOf[t] === noun);
  return {
    source: [described],
    target: [...inserted, ...inTarget],
    remarks: [`"${textOf(inserted)}" is taken to describe "${described.text}"`],
  };
}

function isAboutThePicture(
  { source, target }: Difference,
  change: Change,
  changed: readonly Segment[],
): boolean {
  const inserted = target.slice(change.targetFrom, change.targetTo);
  const removed = phraseWords(source.slice(change.from, change.to));
  const added = phraseWords(inserted);
  const next = source[change.to];
  if (!source.slice(0, change.from).some(showsSomething)) {
    const endsInOf = [removed, added].every((words) => words.length === 0 || words.at(-1) === "of");
    const namesKind =
      (endsInOf || next?.text.toLowerCase() === "of") && changed.some(({ text }) => isMedium(text));
    if (namesKind || (removed.length === 0 && endsInOf)) return true;
    const opens = removed.length === 0 && change.from === 0;
    if (opens && (inserted.at(-1)?.isWord === false || (next !== undefined && isArticle(next.text))))
      return true;
  }
  const closes = removed.length === 0 && !source.slice(change.to).some(({ isWord }) => isWord);
  return closes && !isAttaching(added[0] ?? "");
}

/** Lower-case words without the articles at their end, which belong to what follows. */
function phraseWords(segments: readonly Segment[]): string[] {
  const words = segments.filter(({ isWord }) => isWord).map(({ text }) => text.toLowerCase());
  return words.slice(0, words.findLastIndex((word) => !isArticle(word)) + 1);
}

function showsSomething(segment: Segment): boolean {
  return segment.isWord && !isFunctionWord(segment.text);
}
