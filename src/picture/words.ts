import { type Inversion, wordMap } from "../edit/index.ts";
import type { Model } from "../pipeline/index.ts";
import { releasedTokenizer, segmentPrompt } from "../prompt/index.ts";
import { type FloatTensor, floatTensor } from "../tensor/index.ts";

/** A word of the source prompt, and where its tokens stand. */
export interface PromptWord {
  readonly text: string;
  readonly tokens: readonly number[];
}

/** The words of an inversion's prompt in their order, punctuation and what was cut off left out. */
export function wordsOf(model: Model, { prompt, settings, wordMaps }: Inversion): PromptWord[] {
  const tokenizer = settings.compat ? releasedTokenizer(model.tokenizer) : model.tokenizer;
  return segmentPrompt(tokenizer, prompt)
    .filter(({ isWord, end }) => isWord && end <= wordMaps.tokens)
    .map(({ text, start, end }) => ({
      text,
      tokens: Array.from({ length: end - start }, (_, k) => start + k),
    }));
}

/** Mean of tensors of one shape, given one after the other. */
export function meanOf(count: number, tensorAt: (i: number) => FloatTensor): FloatTensor {
  const first = tensorAt(0);
  const sum = floatTensor(first.shape);
  for (let i = 0; i < count; i++) {
    const { data } = i === 0 ? first : tensorAt(i);
    for (let k = 0; k < data.length; k++) sum.data[k] = sum.data[k]! + data[k]! / count;
  }
  return sum;
}

/** Mean of a word's maps over all steps, [F, h, w]. */
export function meanMap(inversion: Inversion, word: PromptWord): FloatTensor {
  return meanOf(inversion.steps, (step) => wordMap(inversion, step, word.tokens));
}
