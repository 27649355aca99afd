import { FateZeroError } from "../../errors.ts";

/**
 * Reads an embedding as the command line names it: `FILE` or `WORD=FILE`. What stands before the first `=` is a word
 * unless it holds a path separator. Throws FateZeroError `bad-embedding` without a file or with an empty word.
 *
 * @example
 * parseEmbedding("my-cat=cat.pt"); // { word: "my-cat", path: "cat.pt" }
 */
export function parseEmbedding(text: string): { readonly word: string | null; readonly path: string } {
  const [, before, after] = /^([^=/\\]*)=(.*)$/s.exec(text) ?? [];
  const word = before?.trim() ?? null;
  const path = after ?? text;
  if (path.trim() !== "" && word !== "") return { word, path };
  throw new FateZeroError(
    "bad-embedding",
    `"${text}" names no embedding file.`,
    "Write FILE or WORD=FILE, such as my-cat=embeddings/cat.pt.",
  );
}
