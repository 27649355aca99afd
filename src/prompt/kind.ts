import type { Difference } from "./difference.ts";
import { isAttaching, isFunctionWord, isMedium, isPreposition, nounAfter } from "./english.ts";
import type { Segment } from "./segments.ts";
import type { EditKind } from "./types.ts";

/** Where the sentence about the thing begins: behind "a photo of". */
function subjectStart(words: readonly (string | null)[]): number {
  const of = words.findIndex((word) => word?.toLowerCase() === "of");
  const before = of > 0 ? words[of - 1] : null;
  return before && isMedium(before) ? of + 1 : 0;
}

/**
 * The kind of edit that the difference of two prompts speaks of, given the source words of its mask:
 *
 * - *style*: no mask words, the whole picture is meant;
 * - *shape*: the first noun (the thing) is replaced or removed: "a silver jeep" → "a Porsche car";
 * - *attribute*: only its adjectives change, or words attached to it ("with a hat", "running");
 * - *background*: everything that changes comes after it, behind a preposition of place: "on a road" → "on snow".
 */
export function editKind({ source, changes }: Difference, mask: readonly Segment[]): EditKind {
  if (mask.length === 0) return "style";
  const words = source.map(({ text, isWord }) => (isWord ? text : null));
  const start = subjectStart(words);
  const noun = start + nounAfter(words.slice(start));
  if (changes.some(({ from, to }) => from <= noun && noun < to)) return "shape";
  const behind = (segment: Segment): boolean => {
    const at = source.indexOf(segment);
    if (at <= noun) return false;
    const link = words
      .slice(noun + 1, at + 1)
      .findLast(
        (word) => word !== null && (isFunctionWord(word) || isAttaching(word)) && !isArticleLike(word),
      );
    return link !== undefined && link !== null && isPreposition(link) && !isAttaching(link);
  };
  return mask.every(behind) ? "background" : "attribute";
}

/** Function words that stand inside a phrase and do not begin one. */
function isArticleLike(word: string): boolean {
  return !isPreposition(word) && !isAttaching(word);
}
