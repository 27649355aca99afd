import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import edits from "../../../test/fixtures/prompt/edits.json" with { type: "json" };
import { clipTokenizer, tinyTokenizer } from "../../../test/fixtures/prompt/tokenizers.ts";
import { inRepository } from "../../../test/support/fixtures.ts";
import { readEdit } from "./read-edit.ts";

const CAR = "a red car on a road under a blue sky";

describe("mask words", () => {
  it.each([
    // replaced and removed things: their words; changed modifiers: what they describe
    [CAR, "a blue car on a road under a blue sky", "car"],
    [CAR, "a green bus on a road under a blue sky", "red car"],
    [CAR, "a red car on grass under a blue sky", "road"],
    [CAR, "a red car on a road at night", "blue sky"],
    [CAR, "a red car under a blue sky", "road"],
    ["a red car and a duck on a road", "a red car on a road", "duck"],
    ["a striped red house on grass", "a red house on grass", "house"],
    ["a black swan with a red beak", "a crystal rubber swan with a yellow beak", "swan beak"],
    // inserted words: the noun that they describe; none where a place is added
    ["a house on grass", "a striped house on grass", "house"],
    [CAR, "a striped red car on a road under a blue sky", "car"],
    [CAR, "a red car on a road under a dark blue sky", "sky"],
    [CAR, "a red car with flames on a road under a blue sky", "car"],
    [CAR, "a red car on a road by a tree under a blue sky", ""],
    ["a man rides a horse", "a young man rides a horse", "man"],
    ["a silver jeep driving down a road", "a robotic silver jeep driving down a road", "jeep"],
    ["a castle surrounded by trees", "an old castle surrounded by trees", "castle"],
    ["a cat", "a cat sleeping", "cat"],
    ["a cat", "a cat with a hat", "cat"],
    ["a cat on a mat", "two cat on a mat", "cat"],
    ["a red car", "an orange car", "car"],
    // the whole picture: none
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
    [CAR, "watercolor painting of a blue car on a road under a blue sky", "car"],
    // nothing that shows
    [CAR, `${CAR}.`, ""],
    ["a cat", "the cat", ""],
    ["", "", ""],
    ["a bowl of fruit", "a basket of fruit", "bowl"],
  ])("“%s” → “%s”: %s", async (source, target, words) => {
    expect((await readEdit(tinyTokenizer, source, target)).maskWords.join(" ")).toBe(words);
  });
});

interface LabelledPair {
  readonly class: string;
  readonly source: string;
  readonly target: string;
  readonly kind: string;
  readonly maskWords: readonly string[];
  /** Words that may be in the mask, but need not be. */
  readonly alsoFine?: readonly string[];
}

describe("pairs of prompts and what a person means by them", () => {
  it.each(edits as readonly LabelledPair[])("$class: $source → $target", async (pair) => {
    const { kind, maskWords, isGuess } = await readEdit(clipTokenizer, pair.source, pair.target);
    expect(kind).toBe(pair.kind);
    expect(maskWords).toEqual(expect.arrayContaining([...pair.maskWords]));
    expect([...pair.maskWords, ...(pair.alsoFine ?? [])]).toEqual(expect.arrayContaining([...maskWords]));
    expect(isGuess).toBe(false);
  });

  it.each(["car-road", "duck-water", "house-grass", "snowman-snow"])(
    "the edits of the clip %s",
    async (name) => {
      const clip = JSON.parse(readFileSync(inRepository(`test/clips/${name}/clip.json`), "utf8"));
      for (const { kind, prompt } of clip.edits)
        expect([prompt, (await readEdit(tinyTokenizer, clip.prompt, prompt)).kind]).toEqual([prompt, kind]);
    },
  );
});

describe("a reading", () => {
  it("tells what differs, thing by thing", async () => {
    const source = "A boy with a hat feeds a goat near a barn.";
    const target = "A boy feeds two goats in a red barn at night, oil painting.";
    const { changes, kind, explanation, things, maskWords } = await readEdit(clipTokenizer, source, target);
    expect(changes.map(({ what, before, after, about }) => [what, before, after, about])).toEqual([
      ["removed", "hat", "", "boy"],
      ["counted", "", "two", "goat"],
      ["described", "", "red", "barn"],
      ["added", "", "night", ""],
      ["look", "", "oil painting", ""],
    ]);
    expect(kind).toBe("shape");
    expect(maskWords).toEqual(["hat", "goat", "barn"]);
    expect(things).toEqual(["boy", "hat", "goat", "barn"]);
    expect(explanation).toBe(
      'A shape edit: "hat" is removed from "boy"; "two" describes "goat"; "red" describes "barn"; "night" is added around it; "oil painting" speaks of the whole picture.',
    );
  });

  it("has the words as they stand in the source, once, with their tokens", async () => {
    const { maskWords, mask } = await readEdit(
      clipTokenizer,
      "A Fiat Uno next to a Jeep and a jeep",
      "A Volvo Duett next to a tank and a bus",
    );
    expect(maskWords).toEqual(["fiat", "uno", "jeep"]);
    expect(mask.sourceWords).toEqual(["Fiat", "Uno", "Jeep", "jeep"]);
    expect(mask.sourceTokens).toEqual([2, 3, 7, 10]);
  });

  it.each([
    ["A man walks.", "a man walks"],
    ["A women rides a horse", "A woman rides a horse"],
    ["a tuk-tuk in a grey city", "a tuk tuk in a gray city"],
    ["a skate board on the colour chart", "a skateboard on the color chart"],
    ["the cat is sleeping", "a cat sleeps"],
    ["a beatiful house", "a beautiful house"],
    ["", ""],
  ])("finds nothing between “%s” and “%s”", async (source, target) => {
    const { changes, kind, maskWords, explanation } = await readEdit(clipTokenizer, source, target);
    expect(changes).toEqual([]);
    expect([kind, maskWords, explanation]).toEqual(["style", [], "The prompts say the same."]);
  });

  it("takes words that look alike for different ones", async () => {
    const { kind, maskWords } = await readEdit(clipTokenizer, "a goat by a house", "a boat by a horse");
    expect(kind).toBe("shape");
    expect(maskWords).toContain("goat");
  });

  // Bare nouns before a verb that might be a noun: the tagger misses the verb. The mask is one of an object, not none.
  it.each([
    ["Elderly couple dances in a ballroom.", "Penguin couple dances in a ballroom."],
    ["Jellyfish drift in dark water.", "Glowing jellyfish drift in dark water."],
    ["quickly", "slowly"],
    ["a man is here", "a man is gone"],
  ])("fails softly on “%s” → “%s”", async (source, target) => {
    const { maskWords, things, kind } = await readEdit(clipTokenizer, source, target);
    expect(kind).not.toBe("style");
    expect(maskWords.length).toBeGreaterThanOrEqual(Math.min(1, things.length));
  });
});
