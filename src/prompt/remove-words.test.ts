import { describe, expect, it, test } from "vitest";
import { clipTokenizer } from "../../test/fixtures/prompt/tokenizers.ts";
import { removeWords } from "./remove-words.ts";

const without = (source: string, ...names: string[]) => removeWords(clipTokenizer, source, names);

describe("a thing goes with its article, its adjectives, what binds it and what it does", () => {
  it.each([
    ["a red car on a road under a blue sky", "car", "a road under a blue sky"],
    ["a red car on a road under a blue sky", "red car", "a road under a blue sky"],
    ["a red car on a road under a blue sky", "road", "a red car under a blue sky"],
    ["a red car on a road under a blue sky", "sky", "a red car on a road"],
    ["an orange house on grass at sunset", "house", "grass at sunset"],
    ["two black swans swimming on a lake", "swans", "a lake"],
    ["A man is riding a horse on a beach.", "man", "A horse on a beach."],
    ["A man is riding a horse on a beach.", "horse", "A man on a beach."],
    ["a child holding an umbrella in the rain", "umbrella", "a child in the rain"],
    ["a woman with a red hat walking in the park", "hat", "a woman walking in the park"],
    ["a woman with a red hat walking in the park", "woman", "the park"],
    ["a cup of coffee on a wooden table", "cup", "a wooden table"],
    ["a car parked in front of a house next to a tree", "house", "a car parked next to a tree"],
    ["the red car is parked on the road", "car", "the road"],
    ["there is a boat on the lake", "boat", "the lake"],
    ["watercolor painting of a red car on a road", "car", "watercolor painting of a road"],
    ["a car on a street, highly detailed, 4k", "car", "a street, highly detailed, 4k"],
  ])("%s − %s", async (source, name, text) => {
    expect((await without(source, name)).text).toBe(text);
  });
});

it.each([
  ["a cat and a dog on a couch", "cat", "a dog on a couch"],
  ["a cat and a dog on a couch", "dog", "a cat on a couch"],
  ["a cat, a dog and a bird on a couch", "dog", "a cat and a bird on a couch"],
  ["a cat, a dog and a bird on a couch", "cat", "a dog and a bird on a couch"],
  ["a street with a car and a bus", "car", "a street with a bus"],
  ["a street with a car and a bus", "bus", "a street with a car"],
])("of a list the others stay: %s − %s", async (source, name, text) => {
  expect((await without(source, name)).text).toBe(text);
});

test("several things go at once, and are named", async () => {
  expect(await without("a black cat and a white dog on a couch", "cat", "dog")).toEqual({
    text: "a couch",
    things: ["black cat", "white dog"],
    words: ["cat", "dog"],
  });
});

it.each([
  ["a bird on a branch", "fish", "unknown-word", /names "bird", "branch"/],
  ["a red car on a road", "red", "not-a-thing", /"car", "road"/],
  ["a red car", "car", "nothing-remains", /around it/],
])("%s − %s is refused", async (source, name, code, remedy) => {
  await expect(without(source, name)).rejects.toMatchObject({ code, message: expect.stringMatching(remedy) });
});
