import { describe, expect, it } from "vitest";
import { captionOf } from "./caption-form.ts";
import { createWordPieces } from "./word-pieces.ts";

const TOKENS = [
  "[PAD]",
  "[UNK]",
  "[SEP]",
  "a",
  "car",
  "##s",
  "driv",
  "##ing",
  "cafe",
  "'",
  ".",
  "man",
  "[DEC]",
];
const words = createWordPieces({ folder: "blip", vocab: `${TOKENS.join("\n")}\n` });
const idsOf = (...tokens: string[]): number[] => tokens.map((token) => TOKENS.indexOf(token));

describe("word pieces", () => {
  it("are the longest that are known, without case and accents", () => {
    expect(words.size).toBe(TOKENS.length);
    expect(words.encode("A Cars  driving.")).toEqual(idsOf("a", "car", "##s", "driv", "##ing", "."));
    expect(words.encode("Café zoo")).toEqual(idsOf("cafe", "[UNK]"));
    expect([words.knows("a car"), words.knows("a zoo")]).toEqual([true, false]);
  });

  it("become words again, marks and what is beyond the vocabulary left out", () => {
    expect(words.decode(idsOf("[DEC]", "a", "car", "##s", "driv", "##ing", ".", "[SEP]"))).toBe(
      "a cars driving.",
    );
    expect(words.decode([99, ...idsOf("man", "[PAD]")])).toBe("man");
    expect(words.decode(idsOf("[SEP]"))).toBe("");
  });

  it.each([
    [{ vocab: "a\nb\n" }, 'blip/vocab.txt has no entry for "[UNK]".'],
    [{ whole: "no" }, "blip/tokenizer.json is not JSON"],
    [{ whole: '{"model": {"type": "BPE", "vocab": {}}}' }, "has no vocabulary of word pieces"],
    [{ whole: '{"model": {"vocab": {"[UNK]": -1}}}' }, 'gives "[UNK]" the id -1'],
    [{ whole: '{"model": {"vocab": {"[UNK]": 1e9}}}' }, 'gives "[UNK]" the id 1000000000'],
    [{ vocab: `[UNK]\n${"x".repeat(101)}\n` }, "holds a token of 101 characters"],
    [{ vocab: "[UNK]\n".repeat(400_001) }, "holds 400001 tokens, more than 400000"],
  ])("are refused of %j", (files, message) => {
    expect(() => createWordPieces({ folder: "blip", ...files })).toThrow(
      expect.objectContaining({ code: "tokenizer-invalid", message: expect.stringContaining(message) }),
    );
  });
});

describe("a form", () => {
  const form = { form: "{style} a|an {pattern} {colour} car", words: {} };
  it("is filled in, with the article that goes with what follows", () => {
    expect(captionOf(form, { style: "", pattern: "", colour: "orange" })).toBe("an orange car");
    expect(captionOf(form, { style: "pixel art of", pattern: "striped", colour: "orange" })).toBe(
      "pixel art of a striped orange car",
    );
    expect(captionOf(form, {})).toBe("a car");
  });
});
