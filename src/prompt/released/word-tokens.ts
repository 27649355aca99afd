import type { Tokenizer, WordName } from "../types.ts";

/**
 * For each token of a text (begin and end mark left out) the index of its word in `text.split(" ")`, as the released code
 * counts (ptp_utils.py, `get_word_inds`): token lengths are summed until they reach the word's length. Repeated blanks make
 * empty words, which take a token each, so what follows is shifted; tokens after the last word belong to none (−1).
 */
export function wordOfToken(tokenizer: Tokenizer, text: string): number[] {
  const words = text.split(" ");
  let word = 0;
  let length = 0;
  return tokenizer
    .encode(text)
    .slice(1, -1)
    .map((id) => {
      const current = words[word];
      if (current === undefined) return -1;
      const owner = word;
      length += countCharacters(
        tokenizer
          .decodeToken(id)
          .trim()
          .replace(/^#+|#+$/g, ""),
      );
      if (length >= countCharacters(current)) {
        word += 1;
        length = 0;
      }
      return owner;
    });
}

/**
 * Token positions (begin mark = 0) of every occurrence of a word, exactly as the released code finds them: blank-separated,
 * punctuation included, case and all. A number is a word's index. Empty if there is no such word.
 */
export function tokensOfWord(tokenizer: Tokenizer, text: string, word: WordName): number[] {
  const words = text.split(" ");
  const named = (index: number) => (typeof word === "number" ? index === word : words[index] === word);
  return wordOfToken(tokenizer, text).flatMap((owner, token) =>
    owner >= 0 && named(owner) ? [token + 1] : [],
  );
}

// Python counts code points, JavaScript UTF-16 units.
function countCharacters(text: string): number {
  return [...text].length;
}
