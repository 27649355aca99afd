import type { Word } from "./parts.ts";

/** Whether a word may belong to a noun phrase beside its article and number. */
export const isNominal = (word: Word | undefined): boolean =>
  word !== undefined && (word.part === "noun" || word.part === "name" || word.part === "describing");

/** One past the last word of the noun phrase that begins at `from`. */
export function phraseEnd(words: readonly Word[], from: number): number {
  let end = from;
  while (end < words.length) {
    const { part } = words[end]!;
    if (
      part === "determiner" &&
      end > from &&
      words[end - 1]!.part !== "determiner" &&
      words[end - 1]!.part !== "quantity"
    )
      break;
    const joins = part === "determiner" || part === "quantity" || isNominal(words[end]);
    const joinsAdjectives =
      part === "conjunction" &&
      words[end - 1]?.part === "describing" &&
      words[end + 1]?.part === "describing" &&
      end > from;
    if (!joins && !joinsAdjectives) break;
    end += 1;
  }
  return end;
}
