import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { clipTokenizer, tinyTokenizer } from "../../test/fixtures/prompt/tokenizers.ts";
import { units } from "../../test/fixtures/prompt/units.ts";
import { inRepository } from "../../test/support/fixtures.ts";
import { overflowText, padIds } from "./pad.ts";
import { fixText, releasedTokenizer } from "./released/fix-text.ts";
import { createTokenizer } from "./tokenizer.ts";

// The only fixture texts that the released code's ftfy changes.
const NEEDS_FTFY = ["&amp; html &lt;b&gt;", "ﬁ ligature ½ fraction", "“curly quotes” and ‘single’"];

describe("createTokenizer", () => {
  it.each(units.tokenizer)(
    "encodes and decodes like CLIP's tokenizer: $text",
    ({ text, encode, decoded }) => {
      expect(releasedTokenizer(clipTokenizer).encode(text)).toEqual(encode);
      if (!NEEDS_FTFY.includes(text)) expect(clipTokenizer.encode(text)).toEqual(encode);
      expect(encode.map((id) => clipTokenizer.decodeToken(id).trim())).toEqual(decoded);
    },
  );

  it("takes everything from the files: the embedded model's vocabulary", () => {
    expect(tinyTokenizer).toMatchObject({ maxLength: 77, bos: 925, eos: 926, pad: 926, vocabSize: 927 });
    expect(tinyTokenizer.encode("A striped  red\tDUCK")).toHaveLength(6);
    expect(tinyTokenizer.decodeToken(tinyTokenizer.encode("duck")[1]!)).toBe("duck ");
  });

  const vocab = JSON.stringify({
    a: 0,
    b: 1,
    "a</w>": 2,
    "b</w>": 3,
    "ab</w>": 4,
    "!": 5,
    "[S]": 6,
    "[E]": 7,
  });
  const config = JSON.stringify({
    bos_token: "[S]",
    eos_token: { content: "[E]" },
    pad_token: "[E]",
    model_max_length: 1e30,
  });

  it("reads special tokens of any name, the special tokens map over the config", () => {
    const files = { vocab, merges: "#version: 0.2\na b</w>\n", config, maxLength: 9 };
    expect(createTokenizer(files)).toMatchObject({ maxLength: 9, bos: 6, eos: 7, pad: 7, vocabSize: 8 });
    const tokenizer = createTokenizer({ ...files, specialTokens: '{"pad_token": "!"}' });
    expect(tokenizer.encode("ab b")).toEqual([6, 4, 3, 7]);
    expect(padIds(tokenizer, "ab b")).toEqual([6, 4, 3, 7, 5, 5, 5, 5, 5]);
  });

  it.each([
    ["tokenizer-length-unknown", { vocab, merges: "", config }],
    ["tokenizer-invalid", { vocab: "{", merges: "", config, maxLength: 9 }],
    ["tokenizer-invalid", { vocab: '{"a": "0"}', merges: "", config, maxLength: 9 }],
    ["tokenizer-invalid", { vocab: '{"a": 0}', merges: "", config, maxLength: 9 }],
    ["tokenizer-invalid", { vocab, merges: "a b c", config, maxLength: 9 }],
  ])("refuses with %s", (code, files) => {
    expect(() => createTokenizer(files)).toThrow(expect.objectContaining({ code }));
  });
});

describe("padIds", () => {
  const long = units.tokenizer.find(({ padded }) => padded !== undefined)!;

  it("pads to the encoder's length", () => {
    const ids = padIds(clipTokenizer, "a cat");
    expect(ids).toHaveLength(77);
    expect(ids.slice(0, 5)).toEqual([49406, 320, 2368, 49407, 49407]);
  });

  it("cuts what is too long only when asked to, as the released code does", () => {
    expect(padIds(clipTokenizer, long.text, "cut")).toEqual(long.padded);
    expect(() => padIds(clipTokenizer, long.text)).toThrow(
      /92 tokens, the model reads 77; .* "word word word word …".*by 15 tokens/,
    );
    expect(overflowText(clipTokenizer, "a cat")).toBe("");
    const fits = new Array(75).fill("cat").join(" ");
    expect(padIds(clipTokenizer, fits).at(-1)).toBe(49407);
    expect(overflowText(clipTokenizer, `${fits} dog`)).toBe("dog");
  });
});

describe("fixText", () => {
  it.each([
    ["Tom &amp; Jerry&#39;s &#x1F600;", "Tom & Jerry's 😀"],
    ["<b> &amp;", "<b> &amp;"],
    ["&unheard;", "&unheard;"],
    ["ﬁsh don’t “say” ＷＯＷ", 'fish don\'t "say" WOW'],
    ["a\u0007b\ufeff", "ab"],
    ["plain text, as it is", "plain text, as it is"],
  ])("%s", (text, fixed) => {
    expect(fixText(text)).toBe(fixed);
  });
});

describe("tokens that a folder adds after its vocabulary", () => {
  const files = {
    vocab: readFileSync(inRepository("models/tinytown/tokenizer/vocab.json"), "utf8"),
    merges: readFileSync(inRepository("models/tinytown/tokenizer/merges.txt"), "utf8"),
    maxLength: 77,
  };
  const size = createTokenizer(files).vocabSize;
  const decoder = (entries: object) => JSON.stringify({ added_tokens_decoder: entries });

  it.each([
    ["added_tokens.json", { addedTokens: JSON.stringify({ "<toy>": size, "<toy_1>": size + 1 }) }],
    ["the config", { config: decoder({ [size]: { content: "<toy>" }, [size + 1]: { content: "<toy_1>" } }) }],
  ])("are words of their own: by %s", (_, more) => {
    const tokenizer = createTokenizer({ ...files, ...more });
    expect(tokenizer.vocabSize).toBe(size + 2);
    const [bos, ...rest] = tokenizer.encode("a <toy> car <TOY_1>");
    expect(bos).toBe(tokenizer.bos);
    expect(rest).toContain(size);
    expect(rest).toContain(size + 1);
    expect(tokenizer.decodeToken(size).trim()).toBe("<toy>");
  });

  it("are the vocabulary's own where it has them, and refused where they leave a gap", () => {
    const { bos } = createTokenizer(files);
    const own = decoder({ [bos]: { content: "<|startoftext|>" } });
    expect(createTokenizer({ ...files, config: own }).vocabSize).toBe(size);
    expect(() => createTokenizer({ ...files, addedTokens: JSON.stringify({ "<toy>": size + 5 }) })).toThrow(
      `gives "<toy>" the id ${size + 5}, which does not follow`,
    );
  });
});
