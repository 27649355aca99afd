import { expect, it } from "vitest";
import { tinyTokenizer } from "../../test/fixtures/prompt/tokenizers.ts";
import { findDifference } from "./difference.ts";
import { nounAfter } from "./english.ts";
import { chooseMaskWords } from "./mask-rule.ts";
import { segmentPrompt } from "./segments.ts";

function maskWords(source: string, target: string): string {
  const [from, to] = [segmentPrompt(tinyTokenizer, source), segmentPrompt(tinyTokenizer, target)];
  const choice = chooseMaskWords(findDifference(from, to));
  return choice.source.map(({ text }) => text).join(" ");
}

const CAR = "a red car on a road under a blue sky";

it.each([
  // 1. replaced or removed words: themselves
  [CAR, "a blue car on a road under a blue sky", "red"],
  [CAR, "a green bus on a road under a blue sky", "red car"],
  [CAR, "a red car on grass under a blue sky", "road"],
  [CAR, "a red car on a road at night", "blue sky"],
  [CAR, "a red car under a blue sky", "road"],
  ["a red car and a duck on a road", "a red car on a road", "duck"],
  ["a striped red house on grass", "a red house on grass", "striped"],
  ["a black swan with a red beak", "a crystal rubber swan with a yellow beak", "black red"],
  // 2. inserted words: the noun they describe
  ["a house on grass", "a striped house on grass", "house"],
  [CAR, "a striped red car on a road under a blue sky", "car"],
  [CAR, "a red car on a road under a dark blue sky", "sky"],
  [CAR, "a red car with flames on a road under a blue sky", "car"],
  [CAR, "a red car on a road by a tree under a blue sky", "road"],
  ["a man rides a horse", "a young man rides a horse", "man"],
  ["a silver jeep driving down a road", "a robotic silver jeep driving down a road", "jeep"],
  ["a castle surrounded by trees", "an old castle surrounded by trees", "castle"],
  ["a cat", "a cat sleeping", "cat"],
  ["a cat", "a cat with a hat", "cat"],
  ["a cat on a mat", "two cat on a mat", "cat"],
  ["a red car", "an orange car", "red"],
  // 3. the whole picture: none
  [CAR, `watercolor painting of ${CAR}`, ""],
  [CAR, `the ukiyo-e style painting of ${CAR}`, ""],
  [`pencil sketch of ${CAR}`, CAR, ""],
  [`pencil sketch of ${CAR}`, `pixel art of ${CAR}`, ""],
  ["a photo of a cat", "a watercolor painting of a cat", ""],
  ["a cat", "a painting of a cat", ""],
  ["a cat", "a painting of the cat", ""],
  [CAR, `pixel art, ${CAR}`, ""],
  [CAR, `pixel art ${CAR}`, ""],
  [CAR, `${CAR}, pixel art`, ""],
  [CAR, `${CAR} at night`, ""],
  // … beside other changes
  [CAR, "watercolor painting of a blue car on a road under a blue sky", "red"],
  // nothing that shows
  [CAR, `${CAR}.`, ""],
  ["a cat", "the cat", ""],
  ["", "", ""],
  ["a bowl of fruit", "a basket of fruit", "bowl"],
])("“%s” → “%s”: %s", (source, target, words) => {
  expect(maskWords(source, target)).toBe(words);
});

it.each([
  ["silver jeep driving down", 1],
  ["man rides a horse", 0],
  ["forest filled with trees", 0],
  ["old brick building near", 2],
  ["red bed in", 1],
  ["on the table", 2],
  ["of the", -1],
  ["", -1],
])("the noun of “%s” is word %i", (text, index) => {
  expect(nounAfter(text === "" ? [] : text.split(" "))).toBe(index);
});

it("a noun phrase ends at punctuation", () => {
  expect(nounAfter(["red", null, "car"])).toBe(0);
});
