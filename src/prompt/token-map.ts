import type { Difference } from "./difference.ts";
import { mapOf, matrixOf, type RefineMap } from "./refine-map.ts";
import { addBlock } from "./released/replace-map.ts";
import { type Segment, tokensOf } from "./segments.ts";

/** A token map of L×L with the target tokens that it reaches. */
export interface TokenMap {
  readonly matrix: Float32Array;
  readonly alphas: Float32Array;
  /** Refine only. */
  readonly mapper: Int32Array | null;
}

/**
 * The token map of a difference. Equal words map token by token, replaced words as in prompt-to-prompt, the begin and end marks
 * to each other, and padding to the padding at its own position. Where there is nothing to follow (inserted words; padding
 * where the longer source still has words) α is 0 and the edit keeps its own attention.
 *
 * Two defects of the released code are mended: words after a replacement of another token length stay on their own source
 * words (there they slip by the difference), and padding never reads the source's words.
 *
 * @param counts ids of each prompt, its begin and end mark included
 */
export function tokenMap(
  difference: Difference,
  counts: { source: number; target: number },
  length: number,
): TokenMap {
  const equal = equalTokens(difference, counts, length);
  const matrix = matrixOf(equal);
  if (difference.method === "refine") return { matrix, ...equal };
  const alphas = equal.alphas.slice();
  for (const [source, target] of replacedPairs(difference)) {
    addBlock(matrix, length, { source: tokensOf([source]), target: tokensOf([target]) });
    for (const n of tokensOf([target])) alphas[n] = 1;
  }
  return { matrix, alphas, mapper: null };
}

function equalTokens(
  { source, target, sourceOf }: Difference,
  counts: { source: number; target: number },
  length: number,
): RefineMap {
  const from = new Map([
    [0, 0],
    [counts.target - 1, counts.source - 1],
  ]);
  sourceOf.forEach((s, t) => {
    if (s === -1) return;
    tokensOf([target[t]!]).forEach((n, k) => {
      from.set(n, source[s]!.start + k);
    });
  });
  return mapOf(length, (n) => from.get(n) ?? (n >= counts.target && n >= counts.source ? n : -1));
}

/** The k-th words of both prompts where they differ. */
function replacedPairs({ source, target, sourceOf }: Difference): [Segment, Segment][] {
  const sourceWords = source.filter(({ isWord }) => isWord);
  const targetWords = target.flatMap((segment, t) => (segment.isWord ? [{ segment, s: sourceOf[t]! }] : []));
  return targetWords.flatMap(({ segment, s }, k) =>
    s === -1 ? [[sourceWords[k]!, segment] as [Segment, Segment]] : [],
  );
}
