import { expect, test } from "vitest";
import { changedWords } from "./changed-words.ts";

/** The words that changed in capitals. */
function told(source: string, target: string): readonly string[] {
  const [from, to] = [source.split(" "), target.split(" ")];
  const changed = changedWords(from, to);
  const tell = (words: readonly string[], marks: readonly boolean[]): string =>
    words.map((word, i) => (marks[i] ? word.toUpperCase() : word)).join(" ");
  return [tell(from, changed.source), tell(to, changed.target)];
}

test.each([
  ["a red car on a road", "a blue car on a road", "a RED car on a road", "a BLUE car on a road"],
  ["a car", "watercolor painting of a car", "a car", "WATERCOLOR PAINTING OF a car"],
  ["a cat on a mat", "a cat", "a cat ON A MAT", "a cat"],
  ["rot und grün", "grün und rot", "ROT UND grün", "grün UND ROT"],
  ["same words", "same words", "same words", "same words"],
])("%s -> %s", (source, target, from, to) => {
  expect(told(source, target)).toEqual([from, to]);
});
