import { fileURLToPath } from "node:url";
import { FateZeroError } from "../errors.ts";
import { readText } from "../read-text.node.ts";
import type { TokenizerFiles } from "./types.ts";

const MERGES = new URL("../../assets/clip/merges.txt", import.meta.url);

/** Tokens of CLIP's vocabulary; every Stable Diffusion text encoder so far has it. */
export const CLIP_VOCABULARY_SIZE = 49408;

/** The 256 characters that stand for bytes: printable ones for themselves, the others from U+0100 on (GPT-2's alphabet). */
function byteAlphabet(): string[] {
  const ranges = [
    [0x21, 0x7e],
    [0xa1, 0xac],
    [0xae, 0xff],
  ] as const;
  const printable = ranges.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, i) => from + i));
  const others = 256 - printable.length;
  return [...printable, ...Array.from({ length: others }, (_, i) => 256 + i)].map((code) =>
    String.fromCharCode(code),
  );
}

/** The vocabulary that CLIP's merges imply: bytes, bytes that end a word, each merge, the two marks. */
function vocabularyOf(merges: string): Record<string, number> {
  const bytes = byteAlphabet();
  const joined = merges
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#version"))
    .map((line) => line.replace(" ", ""));
  const tokens = [
    ...bytes,
    ...bytes.map((byte) => `${byte}</w>`),
    ...joined,
    "<|startoftext|>",
    "<|endoftext|>",
  ];
  return Object.fromEntries(tokens.map((token, id) => [token, id]));
}

/**
 * The files of CLIP's own tokenizer, which the package ships for checkpoints that have none. `pad` is what fills a prompt
 * up: OpenAI's CLIP repeats its end mark, OpenCLIP (Stable Diffusion 2) pads with token 0, "!".
 */
export async function clipTokenizerFiles(pad: "<|endoftext|>" | "!"): Promise<TokenizerFiles> {
  const merges = await readText(
    fileURLToPath(MERGES),
    (cause) =>
      new FateZeroError(
        "file-access",
        "CLIP's vocabulary is not in this package.",
        "Install the package again.",
        { cause },
      ),
  );
  return {
    vocab: JSON.stringify(vocabularyOf(merges)),
    merges,
    config: JSON.stringify({ model_max_length: 77, pad_token: pad }),
  };
}
