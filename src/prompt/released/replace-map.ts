import type { Tokenizer } from "../types.ts";
import { wordOfToken } from "./word-tokens.ts";

/** Tokens of a word that the released code maps as one block: positions with the begin mark at 0. */
export interface BlockPair {
  readonly source: readonly number[];
  readonly target: readonly number[];
}

export interface ReleasedReplaceMap {
  /** L×L: source token (row) → target token (column). */
  readonly matrix: Float32Array;
  /** Differing words that own no token because of repeated blanks; the released code stops with an IndexError there. */
  readonly lost: readonly string[];
}

/**
 * The released code's replacement mapper (seq_aligner.py, `get_replacement_mapper_`), from two texts with the same number of
 * blank-separated words. Before the last differing word everything else is shifted along; after it the identity in *target*
 * positions is used, so a change of length leaves what follows off by the difference.
 */
export function releasedReplaceMap(tokenizer: Tokenizer, source: string, target: string): ReleasedReplaceMap {
  const length = tokenizer.maxLength;
  const matrix = new Float32Array(length * length);
  const { blocks, lost } = differingBlocks(tokenizer, source, target);
  let next = 0;
  for (let i = 0, j = 0; i < length && j < length; ) {
    const block = blocks[next];
    if (block !== undefined && block.source[0] === i) {
      addBlock(matrix, length, block);
      next += 1;
      i += block.source.length;
      j += block.target.length;
    } else {
      const row = block === undefined ? j : i;
      matrix[row * length + j] = 1;
      i += 1;
      j += 1;
    }
  }
  return { matrix, lost };
}

/** One word for another: token by token if both have as many, else every source token gives each target token 1/|target|. */
export function addBlock(matrix: Float32Array, length: number, { source, target }: BlockPair): void {
  const pairwise = source.length === target.length;
  source.forEach((w, s) => {
    target.forEach((n, t) => {
      if (w >= length || n >= length || (pairwise && s !== t)) return;
      matrix[w * length + n] = pairwise ? 1 : 1 / target.length;
    });
  });
}

function differingBlocks(tokenizer: Tokenizer, source: string, target: string) {
  const sourceWords = source.split(" ");
  const targetWords = target.split(" ");
  const sourceTokens = tokensByWord(tokenizer, source);
  const targetTokens = tokensByWord(tokenizer, target);
  const blocks: BlockPair[] = [];
  const lost: string[] = [];
  sourceWords.forEach((word, index) => {
    if (word === targetWords[index]) return;
    const block = { source: sourceTokens.get(index) ?? [], target: targetTokens.get(index) ?? [] };
    if (block.source.length > 0 && block.target.length > 0) blocks.push(block);
    else lost.push(block.source.length > 0 ? (targetWords[index] ?? "") : word);
  });
  return { blocks, lost };
}

function tokensByWord(tokenizer: Tokenizer, text: string): Map<number, number[]> {
  const tokens = new Map<number, number[]>();
  wordOfToken(tokenizer, text).forEach((word, token) => {
    tokens.set(word, [...(tokens.get(word) ?? []), token + 1]);
  });
  return tokens;
}
