import { expect, it } from "vitest";
import { clipTokenizer } from "../../test/fixtures/prompt/tokenizers.ts";
import { replaceThing } from "./replace-thing.ts";

const replaced = (source: string, name: string, text: string) =>
  replaceThing(clipTokenizer, source, name, text);

it.each([
  ["a red car on a road under a blue sky", "car", "a blue car", "a blue car on a road under a blue sky"],
  ["a red car on a road under a blue sky", "red car", "a bus", "a bus on a road under a blue sky"],
  [
    "a red car on a road under a blue sky",
    "sky",
    "a sky at sunset",
    "a red car on a road under a sky at sunset",
  ],
  ["Two red cars on a street.", "cars", "a blue car", "a blue car on a street."],
  [
    "a photo of a cat, sitting on a couch",
    "cat",
    "a small dog",
    "a photo of a small dog, sitting on a couch",
  ],
])("in %s, %s is %s", async (source, name, text, sentence) => {
  expect(await replaced(source, name, text)).toBe(sentence);
});

it("takes a text that names other things of the source as the whole sentence", async () => {
  const sentence = "a blue car on a road at night";
  expect(await replaced("a red car on a road under a blue sky", "car", sentence)).toBe(sentence);
});

it.each([
  ["bus", "unknown-word", /names "car", "road"/],
  ["red", "not-a-thing", /"car", "road"/],
])("refuses %s", async (name, code, remedy) => {
  await expect(replaced("a red car on a road", name, "a bus")).rejects.toMatchObject({
    code,
    message: expect.stringMatching(remedy),
  });
});
