import { Tokenizer as WordPieceTokenizer } from "@huggingface/tokenizers";
import type { WordPieceFiles } from "../checkpoint/index.ts";
import { FateZeroError } from "../errors.ts";
import { isJsonObject, readJsonObject, shownJson } from "../json.ts";
import { MAX_TOKEN_CHARACTERS, MAX_VOCABULARY } from "../limits.ts";

/** BERT's tokenizer without case: words, and pieces of words that are told by `##`. */
export interface WordPieces {
  /** Number of token ids. */
  readonly size: number;
  /** Token ids of a text, no special ones around it. */
  encode(text: string): readonly number[];
  /** What tokens say, special ones and those that are none of the vocabulary's left out. */
  decode(ids: readonly number[]): string;
  /** Whether every word of a text is known. */
  knows(text: string): boolean;
}

const UNKNOWN = "[UNK]";
/** Marks that are no words: `[SEP]`, and what BLIP adds, `[DEC]`. */
const SPECIAL = /^\[[A-Z]+\]$/;

type Invalid = (file: string, what: string) => FateZeroError;

/** Tokens in the order of their ids, of a `vocab.txt` or the `tokenizer.json` that newer folders have instead. */
function tokensOf({ vocab, whole }: WordPieceFiles, invalid: Invalid): readonly string[] {
  if (vocab !== undefined) return vocab.replace(/\r?\n$/, "").split(/\r?\n/);
  const read = readJsonObject(whole ?? "");
  if (read.fault !== null) throw invalid("tokenizer.json", read.fault);
  const { model } = read.value;
  if (!isJsonObject(model) || !isJsonObject(model.vocab) || (model.type ?? "WordPiece") !== "WordPiece")
    throw invalid("tokenizer.json", "has no vocabulary of word pieces");
  const tokens: string[] = [];
  for (const [token, id] of Object.entries(model.vocab)) {
    if (!Number.isInteger(id) || (id as number) < 0 || (id as number) >= MAX_VOCABULARY)
      throw invalid("tokenizer.json", `gives ${shownJson(token)} the id ${shownJson(id)}`);
    tokens[id as number] = token;
  }
  return Array.from(tokens, (token) => token ?? "");
}

/**
 * The tokenizer of a captioning BLIP.
 *
 * @throws FateZeroError `tokenizer-invalid` on a file that is no vocabulary of word pieces
 */
export function createWordPieces(files: WordPieceFiles): WordPieces {
  const invalid: Invalid = (file, what) =>
    new FateZeroError(
      "tokenizer-invalid",
      `${files.folder}/${file} ${what}.`,
      "Fetch the model's tokenizer files again.",
    );
  const tokens = tokensOf(files, invalid);
  const file = files.vocab === undefined ? "tokenizer.json" : "vocab.txt";
  if (tokens.length > MAX_VOCABULARY)
    throw invalid(file, `holds ${tokens.length} tokens, more than ${MAX_VOCABULARY}`);
  const long = tokens.find((token) => token.length > MAX_TOKEN_CHARACTERS);
  if (long !== undefined)
    throw invalid(file, `holds a token of ${long.length} characters, more than ${MAX_TOKEN_CHARACTERS}`);
  const vocab = Object.fromEntries(tokens.map((token, id) => [token, id]));
  if (!Object.hasOwn(vocab, UNKNOWN)) throw invalid(file, `has no entry for "${UNKNOWN}"`);
  const special = tokens.flatMap((content, id) =>
    SPECIAL.test(content) ? [{ id, content, special: true, normalized: false }] : [],
  );
  const engine = new WordPieceTokenizer(
    {
      version: "1.0",
      added_tokens: special,
      normalizer: {
        type: "BertNormalizer",
        ...{ clean_text: true, handle_chinese_chars: true, strip_accents: null, lowercase: true },
      },
      pre_tokenizer: { type: "BertPreTokenizer" },
      post_processor: null,
      decoder: { type: "WordPiece", prefix: "##", cleanup: true },
      model: {
        type: "WordPiece",
        unk_token: UNKNOWN,
        continuing_subword_prefix: "##",
        max_input_chars_per_word: 100,
        vocab,
      },
    },
    {},
  );
  const encode = (text: string): readonly number[] => engine.encode(text).ids;
  const marks = new Set(special.map(({ id }) => id));
  return {
    size: tokens.length,
    encode,
    decode(ids) {
      const words = ids.filter((id) => id < tokens.length && !marks.has(id));
      return words.length === 0 ? "" : engine.decode(words).trim();
    },
    knows: (text) => !encode(text).includes(vocab[UNKNOWN]!),
  };
}
