import { FateZeroError } from "../errors.ts";
import { MAX_PROMPT_CHARACTERS } from "../limits.ts";
import type { Tokenizer } from "./types.ts";

/** Throws FateZeroError `prompt-too-long` on a text so long that reading it would take more than a moment. */
export function checkLength(text: string, role: string): void {
  if (text.length <= MAX_PROMPT_CHARACTERS) return;
  throw new FateZeroError(
    "prompt-too-long",
    `The ${role} has ${text.length} characters, more than the ${MAX_PROMPT_CHARACTERS} that are read.`,
    "Write a sentence: a model reads about 60 words.",
  );
}

/**
 * The ids of a text as the text encoder reads them: `maxLength` of them, `bos … eos pad …`.
 *
 * A text that is too long is refused, or with `overflow: "cut"` loses its end, as in transformers and so in the released code.
 *
 * @throws FateZeroError `prompt-too-long`, naming the first words that do not fit.
 */
export function padIds(
  tokenizer: Tokenizer,
  text: string,
  overflow: "refuse" | "cut" = "refuse",
  role = "prompt",
): number[] {
  checkLength(text, role);
  const ids = tokenizer.encode(text);
  const lost = ids.length - tokenizer.maxLength;
  if (lost > 0 && overflow === "refuse") {
    throw new FateZeroError(
      "prompt-too-long",
      `The ${role} has ${ids.length} tokens, the model reads ${tokenizer.maxLength}; what does not fit begins with "${overflowText(tokenizer, text)}".`,
      `Shorten it by ${lost} token${lost === 1 ? "" : "s"} (a common word is one).`,
    );
  }
  if (lost > 0) return [...ids.slice(0, tokenizer.maxLength - 1), tokenizer.eos];
  return [...ids, ...new Array<number>(-lost).fill(tokenizer.pad)];
}

/** The first words (at most four) of a text beyond the model's length; empty if all of it fits. */
export function overflowText(tokenizer: Tokenizer, text: string): string {
  const beyond = tokenizer.encode(text).slice(tokenizer.maxLength - 1, -1);
  const words = beyond.map(tokenizer.decodeToken).join("").trim().split(/\s+/);
  return words.length > 4 ? `${words.slice(0, 4).join(" ")} …` : words.join(" ");
}
