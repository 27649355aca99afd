/** Whatever the files of a tokenizer hold: a sound tokenizer, or one error that names the file, in seconds. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { expect, it } from "vitest";
import type { TokenizerFiles } from "../../src/checkpoint/index.ts";
import { FateZeroError } from "../../src/errors.ts";
import { createTokenizer } from "../../src/prompt/index.ts";
import { inRepository } from "../support/fixtures.ts";

const folder = inRepository("models/tinytown/tokenizer");
const text = (name: string): string => readFileSync(join(folder, name), "utf8");
const sound: TokenizerFiles = { folder, vocab: text("vocab.json"), merges: text("merges.txt") };
const vocab = JSON.parse(sound.vocab) as Record<string, number>;
const size = createTokenizer({ ...sound, maxLength: 77 }).vocabSize;
/** An object with a key of its own that object literals cannot have. */
const withProto = (value: unknown): string => `{"__proto__": ${JSON.stringify(value)}}`;

function said(files: Partial<TokenizerFiles>): string | null {
  try {
    const tokenizer = createTokenizer({ ...sound, ...files, maxLength: 77 });
    const ids = tokenizer.encode("a red car, toString __proto__ <|endoftext|> é 車");
    expect(ids.every((id) => Number.isInteger(id) && id >= 0 && id < tokenizer.vocabSize)).toBe(true);
    for (const id of ids) expect(typeof tokenizer.decodeToken(id)).toBe("string");
    return null;
  } catch (error) {
    if (!(error instanceof FateZeroError)) throw error;
    expect(error.message.length).toBeLessThan(1000);
    return error.message;
  }
}

const added = (words: readonly string[]): string =>
  JSON.stringify(Object.fromEntries(words.map((word, i) => [word, size + i])));
const many = (count: number, of: (i: number) => string): string[] =>
  Array.from({ length: count }, (_, i) => of(i));

it.each<[string, Partial<TokenizerFiles>, string]>([
  ...["toString", "__proto__", "constructor", "", "x".repeat(100_000)].flatMap((token) =>
    ["bos_token", "eos_token", "unk_token", "pad_token"].map(
      (key): [string, Partial<TokenizerFiles>, string] => [
        `the ${key} ${token.slice(0, 12)}`,
        { config: JSON.stringify({ [key]: token }) },
        "special token",
      ],
    ),
  ),
  ["an added token of 100,000 letters", { addedTokens: added(["x".repeat(100_000)]) }, "100000 characters"],
  [
    "20,000 added tokens",
    { addedTokens: added(many(20_000, (i) => `<t${i}>`)) },
    "20000 tokens, more than 2000",
  ],
  ["an added token with a blank", { addedTokens: added(["a b"]) }, 'added_tokens.json adds "a b"'],
  ["an added token twice", { addedTokens: added(["<toy>", "<TOY>"]) }, "given twice"],
  ["an id of __proto__", { addedTokens: withProto({}) }, "added_tokens.json gives"],
  ["a negative id", { vocab: JSON.stringify({ ...vocab, car: -1 }) }, 'vocab.json gives "car" the id -1'],
  ["a huge id", { vocab: JSON.stringify({ ...vocab, car: 2 ** 52 }) }, "the id 4503599627370496"],
  ["half an id", { vocab: JSON.stringify({ ...vocab, car: 1.5 }) }, "the id 1.5"],
  ["an id twice", { vocab: JSON.stringify({ ...vocab, extra: 3 }) }, "which another entry has"],
  ["an id that is a list", { vocab: JSON.stringify({ ...vocab, car: [] }) }, "the id []"],
  ["a vocabulary in brackets", { vocab: "[".repeat(100_000) }, "nested too deeply"],
  ["a config in brackets", { config: `{"a":${"[".repeat(1e5)}${"]".repeat(1e5)}}` }, "nested too deeply"],
  ["a vocabulary that is a list", { vocab: "[]" }, "not a JSON object"],
  [
    "500,000 entries",
    { vocab: JSON.stringify(Object.fromEntries(many(500_000, (i) => `t${i}`).map((t, i) => [t, i]))) },
    "500000 entries, more than 400000",
  ],
  ["a million merges", { merges: "a b\n".repeat(1e6) }, "1000000 lines, more than 400000"],
  ["merges that are none", { merges: "\u0000\u0001 garbage in here" }, "not a pair"],
  ["a merge of a megabyte", { merges: "x".repeat(1e6) }, "not a pair"],
])("%s is named with its file", (_, files, fault) => {
  const message = said(files);
  expect(message).toContain(fault);
  expect(message).toContain(folder);
});

it("a vocabulary may have words such as __proto__ and toString, also as special tokens", () => {
  const more = `{"__proto__": ${size}, "toString": ${size + 1}, ${sound.vocab.trim().slice(1)}`;
  expect(said({ vocab: more })).toBe(null);
  expect(said({ vocab: more, config: '{"pad_token": "__proto__", "unk_token": "toString"}' })).toBe(null);
  expect(said({ merges: `${sound.merges}\n__proto__ toString\nconstructor x` })).toBe(null);
  expect(said({ addedTokens: added(many(2000, (i) => `<t${i}>`)) })).toBe(null);
});

it("any configuration gives a tokenizer or an error that names the file", () => {
  const key = fc.constantFrom(
    "bos_token",
    "eos_token",
    "unk_token",
    "pad_token",
    "model_max_length",
    "added_tokens_decoder",
  );
  const value = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom<unknown>(
      1e308,
      -1,
      { content: "toString" },
      { [String(size)]: { content: "é" } },
      "<|endoftext|>",
    ),
  );
  fc.assert(
    fc.property(fc.dictionary(key, value), fc.oneof(fc.json(), fc.constant("{}")), (config, addedTokens) => {
      const message = said({ config: JSON.stringify(config), addedTokens });
      if (message !== null) expect(message).toContain(folder);
    }),
    { numRuns: 200, seed: 5 },
  );
});
