import type { CheckpointNote, PredictionType } from "../types.ts";

export interface PredictionFacts {
  readonly prediction: PredictionType;
  /** Told to the user where it is a guess. */
  readonly note?: CheckpointNote;
}

/** Training steps of the released Stable Diffusion 2 checkpoints that predict ε (512-base, and 2.1's). */
const EPSILON_STEPS = [875_000, 220_000];

function named(value: unknown): PredictionType | null {
  const text = String(value ?? "").toLowerCase();
  if (/^(v|v[-_]?pred(iction)?|velocity)$/.test(text)) return "v_prediction";
  if (/^(eps|epsilon|noise)$/.test(text)) return "epsilon";
  return null;
}

/**
 * Whether a single file predicts ε or v. Weights do not tell: Stable Diffusion 1 always predicts ε; of version 2 it is
 * asked for by the user, stands in the file's metadata or in a config beside it, or follows from its training steps;
 * otherwise it is taken to be v, as in 2.0-v and 2.1.
 */
export function predictionOf(
  file: string,
  isVersion2: boolean,
  facts: ReadonlyMap<string, string | number | boolean>,
  config: { readonly asked?: PredictionType | undefined; readonly beside?: unknown },
): PredictionFacts {
  if (config.asked) return { prediction: config.asked };
  const said = named(config.beside) ?? named(facts.get("modelspec.prediction_type"));
  if (said) return { prediction: said };
  if (!isVersion2) return { prediction: "epsilon" };
  if (EPSILON_STEPS.includes(Number(facts.get("global_step")))) return { prediction: "epsilon" };
  return {
    prediction: "v_prediction",
    note: {
      code: "prediction-guessed",
      message: `${file} does not say whether it predicts v or ε; it is taken for v, as Stable Diffusion 2.1. If results look wrong, add --prediction epsilon.`,
    },
  };
}
