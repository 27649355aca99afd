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

/** A word's map at edit step `i` (0 is the noisiest), [F, h, w]: the one that the edit's step works with. */
export function mapAtStep(inversion: Inversion, i: number, { tokens }: PromptWord): FloatTensor {
  return wordMap(inversion, inversion.steps - 1 - i, tokens);
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
  return meanOf(inversion.steps, (i) => mapAtStep(inversion, i, word));
}
