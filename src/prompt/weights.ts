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

/**
 * Reads inline weights: `(watercolor:1.5) painting of a car` is the prompt "watercolor painting of a car" with the
 * attention to "watercolor" multiplied by 1.5. Brackets without a weight are text, `\(` and `\)` always are.
 */
export function readWeights(prompt: string): WeightedPrompt {
  const weights: (readonly [string, number])[] = [];
  const hidden = prompt.replaceAll("\\(", OPEN).replaceAll("\\)", CLOSE);
  const shown = (text: string): string => text.replaceAll(OPEN, "(").replaceAll(CLOSE, ")");
  const text = hidden.replace(/\(([^():]+):([^()]*)\)/g, (_, phrase: string, number: string) => {
    const factor = Number(number.trim() === "" ? Number.NaN : number);
    if (!Number.isFinite(factor) || factor < 0) {
      throw new FateZeroError(
        "bad-amplification",
        `The weight of "${shown(phrase)}" in the prompt is "${number}".`,
        'Write a number from 0 up, as in "(watercolor:1.5)"; a bracket that is text is written "\\(".',
      );
    }
    weights.push([shown(phrase.trim()), factor]);
    return phrase.trim();
  });
  return { text: shown(text), weights };
}
