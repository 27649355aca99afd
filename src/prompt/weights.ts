import { FateZeroError } from "../errors.ts";

/** A prompt without its inline weights, and the weights. */
export interface WeightedPrompt {
  readonly text: string;
  /** Phrase and factor, in the order in which they stand. */
  readonly weights: readonly (readonly [phrase: string, factor: number])[];
}

/** `\(` and `\)` stand for brackets; these stand for them while the weights are read. */
const OPEN = "\u{E000}";
const CLOSE = "\u{E001}";

/** Weights are numbers from 0 up; `number` is what stands in the place of one. */
interface WrittenWeight {
  readonly phrase: string;
  readonly number: string;
}

function split(prompt: string): { readonly text: string; readonly written: readonly WrittenWeight[] } {
  const written: WrittenWeight[] = [];
  const hidden = prompt.replaceAll("\\(", OPEN).replaceAll("\\)", CLOSE);
  const shown = (text: string): string => text.replaceAll(OPEN, "(").replaceAll(CLOSE, ")");
  const text = hidden.replace(/\(([^():]+):([^()]*)\)/g, (_, phrase: string, number: string) => {
    written.push({ phrase: shown(phrase.trim()), number });
    return phrase.trim();
  });
  return { text: shown(text), written };
}

/** A prompt without its inline weights, whether or not they can be read. */
export function withoutWeights(prompt: string): string {
  return split(prompt).text;
}

/**
 * Reads inline weights: `(watercolor:1.5) painting of a car` is the prompt "watercolor painting of a car" with the
 * attention to "watercolor" multiplied by 1.5. Brackets without a weight are text, `\(` and `\)` always are.
 *
 * @throws FateZeroError `bad-amplification` for a weight that is no number from 0 up
 */
export function readWeights(prompt: string): WeightedPrompt {
  const { text, written } = split(prompt);
  const weights = written.map(({ phrase, number }): readonly [string, number] => {
    const factor = Number(number.trim() === "" ? Number.NaN : number);
    if (Number.isFinite(factor) && factor >= 0) return [phrase, factor];
    throw new FateZeroError(
      "bad-amplification",
      `The weight of "${phrase}" in the prompt is "${number}".`,
      'Write a number from 0 up, as in "(watercolor:1.5)"; a bracket that is text is written "\\(".',
    );
  });
  return { text, weights };
}
