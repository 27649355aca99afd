import { Tokenizer as BytePairTokenizer } from "@huggingface/tokenizers";
import type { TokenizerFiles } from "../checkpoint/index.ts";
import { FateZeroError } from "../errors.ts";
import { readJsonObject, shownJson } from "../json.ts";
import { MAX_ADDED_TOKENS, MAX_TOKEN_CHARACTERS, MAX_VOCABULARY } from "../limits.ts";
import { withWords } from "./added-words.ts";
import type { Tokenizer } from "./types.ts";

/** What a tokenizer is made of. */
interface TokenizerSource extends TokenizerFiles {
  /** Places of the text encoder (`max_position_embeddings`): the limit when the config gives none or a larger one. */
  readonly maxLength?: number | undefined;
}

/** The fault of a file of the tokenizer. */
type Invalid = (file: string, what: string) => FateZeroError;

// transformers writes 10^30 for "unknown".
const ABSURD_LENGTH = 1e6;
// A caller may have read the files by itself.
const BYTE_ORDER_MARK = /^\uFEFF/;
// The pattern of CLIP's tokenizer; case does not matter because the text is lower case by then.
const CLIP_PATTERN = String.raw`<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+`;

/**
 * CLIP's tokenizer from the texts of a diffusers `tokenizer/` folder.
 *
 * Equals transformers' `CLIPTokenizer` but for its optional `ftfy` clean-up, which is `releasedTokenizer` (compat).
 *
 * @throws FateZeroError `tokenizer-invalid` if a file cannot be read as what it should be or lacks a special token,
 *   `tokenizer-length-unknown` if neither the config nor `maxLength` says how many places there are.
 */
export function createTokenizer(files: TokenizerSource): Tokenizer {
  const { folder } = files;
  const invalid: Invalid = (file, what) =>
    new FateZeroError(
      "tokenizer-invalid",
      `${folder === undefined ? `The tokenizer's ${file}` : `${folder}/${file}`} ${what}.`,
      "Fetch the model's tokenizer folder again.",
    );
  const vocab = parseVocab(files.vocab, invalid);
  const named = {
    ...parseObject(files.config, "tokenizer_config.json", invalid),
    ...parseObject(files.specialTokens, "special_tokens_map.json", invalid),
  };
  const content = (key: string, fallback: string) => tokenText(named[key]) ?? fallback;
  const bos = content("bos_token", "<|startoftext|>");
  const eos = content("eos_token", "<|endoftext|>");
  const unk = content("unk_token", eos);
  const pad = content("pad_token", eos);
  const idOf = (token: string): number => {
    if (token === "" || token.length > MAX_TOKEN_CHARACTERS) {
      const what = `names the special token ${shownJson(token)} of ${token.length} characters, of 1 to ${MAX_TOKEN_CHARACTERS}`;
      throw invalid("tokenizer_config.json", what);
    }
    const id = Object.hasOwn(vocab, token) ? vocab[token] : undefined;
    if (id === undefined) throw invalid("vocab.json", `has no entry for the special token "${token}"`);
    return id;
  };
  const special = [...new Set([bos, eos, unk, pad])].map((token) => ({
    id: idOf(token),
    content: token,
    special: true,
    normalized: false,
  }));
  const engine = new BytePairTokenizer(
    {
      version: "1.0",
      added_tokens: special,
      normalizer: {
        type: "Sequence",
        normalizers: [
          { type: "NFC" },
          { type: "Replace", pattern: { Regex: "\\s+" }, content: " " },
          { type: "Lowercase" },
        ],
      },
      pre_tokenizer: {
        type: "Sequence",
        pretokenizers: [
          { type: "Split", pattern: { Regex: CLIP_PATTERN }, behavior: "Removed", invert: true },
          { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: false },
        ],
      },
      post_processor: {
        type: "RobertaProcessing",
        cls: [bos, idOf(bos)],
        sep: [eos, idOf(eos)],
        trim_offsets: false,
        add_prefix_space: false,
      },
      decoder: { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true },
      model: {
        type: "BPE",
        unk_token: unk,
        continuing_subword_prefix: "",
        end_of_word_suffix: "</w>",
        vocab,
        merges: parseMerges(files.merges, invalid),
      },
    },
    { clean_up_tokenization_spaces: false },
  );
  const tokenizer: Tokenizer = {
    maxLength: placesOf(named.model_max_length, files.maxLength),
    bos: idOf(bos),
    eos: idOf(eos),
    pad: idOf(pad),
    vocabSize: Object.values(vocab).reduce((most, id) => Math.max(most, id), -1) + 1,
    encode: (text) => engine.encode(text).ids,
    decodeToken: (id) => engine.decode([id]),
  };
  return withWords(
    tokenizer,
    addedTokens(files.addedTokens, named.added_tokens_decoder, tokenizer.vocabSize, invalid),
    (word, why) => invalid("added_tokens.json", `adds ${shownJson(word)}, and that cannot be: ${why}`),
  );
}

/** Tokens that a folder adds after its vocabulary, in the order of their ids, which leave no gap. */
function addedTokens(
  file: string | undefined,
  decoder: unknown,
  vocabSize: number,
  invalid: Invalid,
): { readonly word: string; readonly tokens: 1 }[] {
  const ids = new Map<string, unknown>(Object.entries(parseObject(file, "added_tokens.json", invalid)));
  if (typeof decoder === "object" && decoder !== null) {
    for (const [id, token] of Object.entries(decoder)) {
      const word = tokenText(token);
      if (word !== undefined) ids.set(word, Number(id));
    }
  }
  const later = [...ids].filter(([, id]) => !(typeof id === "number" && id < vocabSize));
  if (later.length > MAX_ADDED_TOKENS)
    throw invalid("added_tokens.json", `adds ${later.length} tokens, more than ${MAX_ADDED_TOKENS}`);
  const sorted = later.sort(([, a], [, b]) => Number(a) - Number(b));
  const gap = sorted.findIndex(([, id], i) => id !== vocabSize + i);
  if (gap >= 0) {
    const [word, id] = sorted[gap]!;
    const what = `gives ${shownJson(word)} the id ${shownJson(id)}, which does not follow the vocabulary's ${vocabSize} tokens`;
    throw invalid("added_tokens.json", what);
  }
  const long = sorted.find(([word]) => word.length > MAX_TOKEN_CHARACTERS);
  if (long) {
    const what = `adds ${shownJson(long[0])} of ${long[0].length} characters, more than ${MAX_TOKEN_CHARACTERS}`;
    throw invalid("added_tokens.json", what);
  }
  return sorted.map(([word]) => ({ word, tokens: 1 }));
}

function placesOf(configured: unknown, encoderPlaces: number | undefined): number {
  const known = [configured, encoderPlaces].filter(
    (n): n is number => typeof n === "number" && n >= 3 && n < ABSURD_LENGTH,
  );
  if (known.length > 0) return Math.floor(Math.min(...known));
  throw new FateZeroError(
    "tokenizer-length-unknown",
    "tokenizer_config.json does not say how many tokens the text encoder reads (model_max_length).",
    "Pass `maxLength`: max_position_embeddings of the text encoder's config.json.",
  );
}

function parseVocab(text: string, invalid: Invalid): Record<string, number> {
  const vocab = parseObject(text, "vocab.json", invalid);
  const entries = Object.entries(vocab);
  if (entries.length === 0) throw invalid("vocab.json", "is empty");
  if (entries.length > MAX_VOCABULARY)
    throw invalid("vocab.json", `has ${entries.length} entries, more than ${MAX_VOCABULARY}`);
  const taken = new Set<unknown>();
  for (const [token, id] of entries) {
    const isId = Number.isInteger(id) && (id as number) >= 0 && (id as number) < MAX_VOCABULARY;
    if (isId && !taken.has(id)) taken.add(id);
    else {
      const why = isId
        ? "which another entry has"
        : `which is no whole number from 0 to ${MAX_VOCABULARY - 1}`;
      throw invalid("vocab.json", `gives ${shownJson(token)} the id ${shownJson(id)}, ${why}`);
    }
  }
  return vocab as Record<string, number>;
}

function parseMerges(text: string, invalid: Invalid): [string, string][] {
  const lines = text
    .replace(BYTE_ORDER_MARK, "")
    .split(/\r\n?|\n/)
    .filter((line) => line !== "" && !line.startsWith("#version"));
  if (lines.length > MAX_VOCABULARY)
    throw invalid("merges.txt", `has ${lines.length} lines, more than ${MAX_VOCABULARY}`);
  return lines.map((line) => {
    const [left, right, rest] = line.split(" ");
    if (!left || !right || rest !== undefined)
      throw invalid("merges.txt", `has the line "${line.slice(0, 40)}", which is not a pair`);
    return [left, right];
  });
}

function parseObject(text: string | undefined, file: string, invalid: Invalid): Record<string, unknown> {
  if (text === undefined) return {};
  const read = readJsonObject(text);
  if (read.fault !== null) throw invalid(file, read.fault);
  return read.value;
}

/** A special token is written as its text or as an object with `content`. */
function tokenText(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value === "object" && value !== null && "content" in value && typeof value.content === "string")
    return value.content;
  return undefined;
}
