import { padIds, releasedTokenizer, type Tokenizer } from "../prompt/index.ts";

/** Padded ids of a prompt, and how many are its own; compat cuts and cleans text as the released code does. */
export function promptIds(
  tokenizer: Tokenizer,
  text: string,
  compat: "fatezero" | null,
  role: string,
): { readonly ids: readonly number[]; readonly count: number } {
  const reader = compat ? releasedTokenizer(tokenizer) : tokenizer;
  const ids = padIds(reader, text, compat ? "cut" : "refuse", role);
  return { ids, count: Math.min(reader.encode(text).length, reader.maxLength) };
}
