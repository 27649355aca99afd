import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clipTokenizer, tinyTokenizer } from "../../test/fixtures/prompt/tokenizers.ts";
import { findWord, segmentPrompt, tokensOf } from "./segments.ts";

const find = (text: string, name: string | number) =>
  tokensOf(findWord(clipTokenizer, segmentPrompt(clipTokenizer, text), name));

describe("segmentPrompt", () => {
  it("separates words from the punctuation glued to them", () => {
    const segments = segmentPrompt(clipTokenizer, '  A  "silver" Shiba-Inu,\nsitting… 😀 & 42!');
    expect(segments.filter(({ isWord }) => isWord).map(({ text }) => text)).toEqual([
      "A",
      "silver",
      "Shiba-Inu",
      "sitting",
      "😀",
      "42",
    ]);
    expect(segments.filter(({ isWord }) => !isWord).map(({ text }) => text)).toEqual([
      '"',
      '"',
      ",",
      "…",
      "&",
      "!",
    ]);
  });

  it.each([
    ["CLIP's vocabulary", clipTokenizer],
    ["a small vocabulary", tinyTokenizer],
  ])("covers every token of any text once, in order: %s", (_, tokenizer) => {
    const piece = fc.oneof(
      fc.constantFrom(
        "a",
        "It's",
        "DOG'S",
        "don't",
        "…",
        "<|endoftext|>",
        "ΣΑΣ",
        "İ",
        "e\u0301",
        "\u0301",
        "½",
        "'",
        "'tis",
        "देव,",
        "👨‍👩‍👧",
        "#1",
      ),
      fc.string({ unit: "grapheme", maxLength: 6 }),
      fc.string({ unit: "binary", maxLength: 6 }),
    );
    const text = fc
      .array(piece, { maxLength: 8 })
      .chain((pieces) => fc.constantFrom(" ", "  ", "\n", "").map((blank) => pieces.join(blank)));
    fc.assert(
      fc.property(text, (prompt) => {
        const segments = segmentPrompt(tokenizer, prompt);
        expect(segments.flatMap(({ ids }) => ids)).toEqual(tokenizer.encode(prompt).slice(1, -1));
        segments.forEach(({ start, end, ids }, k) => {
          expect(start).toBe(k === 0 ? 1 : segments[k - 1]!.end);
          expect(end - start).toBe(ids.length);
        });
      }),
      { numRuns: 300 },
    );
  });
});

describe("findWord", () => {
  it.each<[string, string | number, number[]]>([
    ["a silver jeep in the countryside,", "countryside", [6]],
    ["a silver jeep in the countryside", "Countryside,", [6]],
    ["a  double space jeep", "jeep", [4]],
    ["a Shiba-Inu and a dog", "shiba-inu", [2, 3, 4, 5, 6]],
    ["a cat and a dog", "a", [1, 4]],
    ["a red car under a blue sky", "blue sky", [6, 7]],
    ["a red car, under a blue, sky", "blue sky", [7, 9]],
    ["a red car", 2, [3]],
    ["a red car", 3, []],
    ["a red car", "blue", []],
    ["a red car", "", []],
    ["a cat, a dog", ",", [3]],
  ])("“%s”: %s", (text, name, tokens) => {
    expect(find(text, name)).toEqual(tokens);
  });
});
