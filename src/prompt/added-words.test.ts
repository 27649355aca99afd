import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readPlan } from "../../test/fixtures/prompt/read-plan.ts";
import { clipTokenizer, tinyTokenizer } from "../../test/fixtures/prompt/tokenizers.ts";
import { splitAtWords, withWords } from "./added-words.ts";
import { overflowText, padIds } from "./pad.ts";
import { buildEditPlan } from "./plan.ts";
import { releasedTokenizer } from "./released/fix-text.ts";
import { tokensOfWord } from "./released/word-tokens.ts";
import { segmentPrompt } from "./segments.ts";

const FIRST = 49408;
const tokenizer = withWords(clipTokenizer, [
  { word: "<cat-toy>", tokens: 3 },
  { word: "zkz", tokens: 1 },
  { word: "bad-hands-5", tokens: 4 },
  { word: "bad-hands", tokens: 1 },
  { word: "x2", tokens: 5 },
]);
const CAT = [FIRST, FIRST + 1, FIRST + 2];
const idsOf = (text: string) => tokenizer.encode(text).slice(1, -1);
const plain = (text: string) => clipTokenizer.encode(text).slice(1, -1);

describe("withWords", () => {
  it("gives the words the ids after the vocabulary", () => {
    expect(tokenizer.vocabSize).toBe(FIRST + 14);
    expect(tokenizer.words!.map(({ ids }) => ids[0])).toEqual([
      FIRST,
      FIRST + 3,
      FIRST + 4,
      FIRST + 8,
      FIRST + 9,
    ]);
    expect(withWords(clipTokenizer, [])).toBe(clipTokenizer);
  });

  it("reads all other text as before", () => {
    for (const text of ["", "a photo of a cat", "skis, (task)", "<cat>, bad hands", "it's 5 o'clock!!"])
      expect(tokenizer.encode(text)).toEqual(clipTokenizer.encode(text));
  });

  it.each([
    ["a <cat-toy> on a road", [...plain("a"), ...CAT, ...plain("on a road")]],
    ["<CAT-toy>", CAT],
    ['"<cat-toy>", red', [...plain('"'), ...CAT, ...plain('", red')]],
    ["two <cat-toy><cat-toy>s", [...plain("two"), ...CAT, ...CAT, ...plain("s")]],
    ["ZKZ's zkz-like zkz", [FIRST + 3, ...plain("'s"), FIRST + 3, ...plain("-like"), FIRST + 3]],
    ["zkzy azkz zkz_2 s zkz2", plain("zkzy azkz zkz_2 s zkz2")],
    [
      "bad-hands-5 bad-hands, bad-hands-55",
      [4, 5, 6, 7, 8].map((k) => FIRST + k).concat(plain(","), FIRST + 8, plain("-55")),
    ],
  ])("finds them as whole words, the longest first: %s", (text, ids) => {
    expect(idsOf(text)).toEqual(ids);
  });

  it("decodes their tokens to slices that together are the word", () => {
    const decoded = (ids: readonly number[]) => ids.map((id) => tokenizer.decodeToken(id));
    expect(decoded(CAT)).toEqual(["<ca", "t-t", "oy> "]);
    expect(decoded(tokenizer.words![4]!.ids)).toEqual(["", "", "", "x", "2 "]);
    expect(decoded(plain("duck"))).toEqual(["duck "]);
  });

  it("counts their tokens where a prompt is too long", () => {
    const long = `${new Array(73).fill("cat").join(" ")} <cat-toy>`;
    expect(overflowText(tokenizer, long)).toBe("oy>");
    expect(() => padIds(tokenizer, long)).toThrow(/78 tokens, the model reads 77/);
  });

  it.each([
    ["", "it is empty"],
    ["my cat", "it holds a blank or #"],
    ["#1", "it holds a blank or #"],
    ["<CAT-TOY>", "it was given twice"],
    ["Cat", "the model's vocabulary has it already"],
    ["<|endoftext|>", "the model's vocabulary has it already"],
  ])('refuses the word "%s"', (word, why) => {
    const add = () => withWords(tokenizer, [{ word, tokens: 1 }]);
    expect(add).toThrow(expect.objectContaining({ code: "embedding-word" }));
    expect(add).toThrow(`"${word}" cannot be the word of an embedding: ${why}.`);
  });

  it("takes words that the vocabulary reads as unknown", () => {
    const small = withWords(tinyTokenizer, [{ word: "日本", tokens: 2 }]);
    expect(small.encode("a 日本").slice(2, -1)).toEqual([927, 928]);
  });
});

describe("splitAtWords", () => {
  it("keeps the words as they are written", () => {
    expect(splitAtWords(tokenizer.words!, "(ZKZ),").map(({ text }) => text)).toEqual(["(", "ZKZ", "),"]);
    expect(splitAtWords([], "")).toEqual([]);
  });
});

describe("an added word in a sentence", () => {
  it("is one segment, whatever is glued to it", () => {
    const segments = segmentPrompt(tokenizer, "a red (<cat-toy>), x2");
    expect(segments.map(({ text, isWord, start, end }) => [text, isWord, start, end])).toEqual([
      ["a", true, 1, 2],
      ["red", true, 2, 3],
      ["(", false, 3, 4],
      ["<cat-toy>", true, 4, 7],
      ["),", false, 7, 8],
      ["x2", true, 8, 13],
    ]);
  });

  it("covers its tokens once and in order in any text", () => {
    const piece = fc.oneof(
      fc.constantFrom(
        "<cat-toy>",
        "<CAT-toy>",
        "zkz",
        "Zkz",
        "x2",
        "bad-hands-5",
        "\u0301",
        "'s",
        ",",
        "(",
        "#",
      ),
      fc.string({ unit: "grapheme", maxLength: 4 }),
    );
    const text = fc
      .array(piece, { maxLength: 8 })
      .chain((pieces) => fc.constantFrom(" ", "\n", "").map((blank) => pieces.join(blank)));
    fc.assert(
      fc.property(text, (prompt) => {
        const segments = segmentPrompt(tokenizer, prompt);
        expect(segments.flatMap(({ ids }) => ids)).toEqual(idsOf(prompt));
      }),
      { numRuns: 500, seed: 7 },
    );
  });

  it.each(["<cat-toy>", "x2", "zkz"])("owns its tokens as the released code counts them: %s", (word) => {
    const reader = releasedTokenizer(tokenizer);
    const { ids } = tokenizer.words!.find((added) => added.word === word)!;
    expect(tokensOfWord(reader, `a ${word} on a road`, word)).toEqual(ids.map((_, k) => k + 2));
    expect(tokensOfWord(reader, `a ${word}, on a road`, "road")).toEqual([ids.length + 5]);
  });

  it("takes the place of a word: map, mask and amplification reach all its tokens", async () => {
    const plan = await readPlan(tokenizer, {
      source: "a cat on a road",
      target: "a <cat-toy> on a road",
      steps: 4,
      amplify: { "<cat-toy>": 2 },
    });
    expect(plan.kind).toBe("shape");
    expect(plan.target.ids.slice(0, 9)).toEqual([49406, ...plain("a"), ...CAT, ...plain("on a road"), 49407]);
    expect(plan.mask).toMatchObject({
      sourceTokens: [2],
      targetTokens: [2, 3, 4],
      targetWords: ["<cat-toy>"],
    });
    expect([...plan.amplification.slice(0, 6)]).toEqual([1, 1, 2, 2, 2, 1]);
    const { map, alphas } = plan.control;
    // The one token of "cat" is shared out over the three; "road" stays with "road".
    for (const n of [2, 3, 4]) expect(map[2 * 77 + n]).toBeGreaterThan(0);
    expect(map[5 * 77 + 7]).toBe(1);
    expect([...alphas.slice(0, 9)]).toEqual(new Array(9).fill(1));
  });

  it("is aligned with itself, and named as a mask word whatever its case", async () => {
    const plan = await readPlan(tokenizer, {
      source: "a <cat-toy> on a road",
      target: "a photo of a <cat-toy>, on a snowy road",
      steps: 4,
      maskWords: { source: ["<Cat-Toy>"] },
    });
    expect(plan.mask.sourceTokens).toEqual([2, 3, 4]);
    const { map } = plan.control;
    for (const k of [0, 1, 2]) expect(map[(2 + k) * 77 + 5 + k]).toBe(1);
  });

  it("is found in compat too", () => {
    const plan = buildEditPlan(tokenizer, {
      source: "a cat on a road",
      target: "a <cat-toy> on a road",
      steps: 4,
      amplify: { "<cat-toy>": 2 },
      maskWords: { source: ["cat"], target: ["<cat-toy>"] },
      compat: "fatezero",
    });
    expect(plan.warnings).toEqual([]);
    expect(plan.mask.targetTokens).toEqual([2, 3, 4]);
    expect([...plan.amplification.slice(0, 6)]).toEqual([1, 1, 2, 2, 2, 1]);
  });

  it("is told where it is not in the sentence", async () => {
    const options = { source: "a <cat-toy>", target: "a zkz", steps: 4, maskWords: { source: ["x2"] } };
    await expect(readPlan(tokenizer, options)).rejects.toThrow(
      '"x2" is not in the source prompt. Its words are: a, <cat-toy>.',
    );
  });
});
