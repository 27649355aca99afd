import { FateZeroError } from "../errors.ts";
import { fusionSteps } from "./fusion.ts";
import { defaultParts } from "./plan-default.ts";
import type { EditReading } from "./reading/index.ts";
import { releasedParts } from "./released/plan.ts";
import type { EditOptions, EditPlan, ReleasedOptions, Tokenizer } from "./types.ts";

/**
 * Turns two sentences and the options into an `EditPlan`: per step one L×L matrix and one vector for cross-attention and a
 * switch for self-attention, and the words of the blend mask (prompt-to-prompt's replace, refine and reweight; FateZero §3).
 *
 * @param reading what the two sentences mean (`readEdit`); the released code reads nothing
 * @example
 * const [source, target] = ["a red car on a road", "a blue car on a road"];
 * const plan = buildEditPlan(tokenizer, { source, target, steps: 50 }, await readEdit(tokenizer, source, target));
 * plan.explanation; // Replace, word for word: "red" becomes "blue". …
 *
 * @throws FateZeroError `prompt-too-long`, `unknown-word`, `unequal-word-count`, `bad-window`, `bad-amplification`, `bad-steps`
 */
export function buildEditPlan(tokenizer: Tokenizer, options: ReleasedOptions): EditPlan;
export function buildEditPlan(tokenizer: Tokenizer, options: EditOptions, reading: EditReading): EditPlan;
export function buildEditPlan(tokenizer: Tokenizer, options: EditOptions, reading?: EditReading): EditPlan {
  if (!Number.isInteger(options.steps) || options.steps < 1) {
    throw new FateZeroError(
      "bad-steps",
      `The number of steps is ${options.steps}.`,
      "Write a whole number from 1 on, such as 50.",
    );
  }
  // The types see to it that our own plan has a reading.
  const parts =
    options.compat === "fatezero"
      ? releasedParts(tokenizer, options)
      : defaultParts(tokenizer, options, reading!);
  const { control } = parts;
  return {
    ...parts,
    length: tokenizer.maxLength,
    method: control.method,
    steps: fusionSteps(control, options.steps),
    amplification: control.equalizer,
    maxAmplification: Math.max(1, ...control.equalizer),
  };
}
