import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { createTokenizer } from "../prompt/index.ts";
import { CLIP_VOCABULARY_SIZE, clipTokenizerFiles } from "./clip-vocabulary.node.ts";

/** sha256 of vocab.json as the released checkpoints have it, written with JSON.stringify. */
const RELEASED = "87718b2035abd343d017c9149c09fc91044f6079eded0c0b5957306bf92ab193";

test("the vocabulary that the merges imply is the released one", async () => {
  const { vocab } = await clipTokenizerFiles("<|endoftext|>");
  const entries = JSON.parse(vocab) as Record<string, number>;
  expect(Object.keys(entries)).toHaveLength(CLIP_VOCABULARY_SIZE);
  const sorted = Object.fromEntries(Object.entries(entries).sort(([, a], [, b]) => a - b));
  expect(createHash("sha256").update(JSON.stringify(sorted)).digest("hex")).toBe(RELEASED);
});

test.each([
  ["<|endoftext|>", 49407],
  ["!", 0],
] as const)("prompts are filled up with %s", async (pad, id) => {
  const tokenizer = createTokenizer(await clipTokenizerFiles(pad));
  expect(tokenizer.pad).toBe(id);
  expect(tokenizer.maxLength).toBe(77);
  expect(tokenizer.encode("a red car")).toEqual([49406, 320, 736, 1615, 49407]);
});
