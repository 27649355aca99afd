import { segmentPrompt, tokensOf } from "./segments.ts";
import type { EditPlan, Tokenizer } from "./types.ts";

/** A word of the target, and the words of the source whose attention it takes: none where it keeps the edit's own. */
export interface AlignedWord {
  readonly target: string;
  readonly source: readonly string[];
}

/** Which words of the source the words of the target follow while cross-attention is fused (docs/algorithm.md, A and b). */
export function wordAlignment(tokenizer: Tokenizer, plan: EditPlan): readonly AlignedWord[] {
  const { source, target, control, length } = plan;
  const words = segmentPrompt(tokenizer, source.text).filter(({ isWord }) => isWord);
  return segmentPrompt(tokenizer, target.text)
    .filter(({ isWord }) => isWord)
    .map((segment) => {
      const own = tokensOf([segment]).filter((n) => control.alphas[n]! > 0);
      const follows = words.filter((word) =>
        tokensOf([word]).some((w) => own.some((n) => control.map[w * length + n]! > 0)),
      );
      return { target: segment.text, source: follows.map(({ text }) => text) };
    });
}
