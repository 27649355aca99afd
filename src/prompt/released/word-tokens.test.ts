import { expect, it } from "vitest";
import { clipTokenizer } from "../../../test/fixtures/prompt/tokenizers.ts";
import { units } from "../../../test/fixtures/prompt/units.ts";
import { releasedTokenizer } from "./fix-text.ts";
import { tokensOfWord } from "./word-tokens.ts";

const tokenizer = releasedTokenizer(clipTokenizer);

it.each(units.word_inds)("finds $word in “$text” where the released code does", ({ text, word, inds }) => {
  expect(tokensOfWord(tokenizer, text, word)).toEqual(inds);
});

it("strips # as the released code does, and survives words that it stumbles over", () => {
  expect(tokensOfWord(tokenizer, "# cat", "#")).toEqual([1, 2]);
  expect(tokensOfWord(tokenizer, "cat İ", 1)).toEqual([2]);
  expect(tokensOfWord(tokenizer, "a cat", 7)).toEqual([]);
});
