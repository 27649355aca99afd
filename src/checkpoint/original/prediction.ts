import { add, say } from "../../say.ts";
import { readWeight } from "../read-weight.ts";
import type { CheckpointNote, PredictionType, WeightInfo } from "../types.ts";

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

/** A small weight of Stable Diffusion 2's UNet that training for v has spread wider than training for ε. */
export const TELLING_WEIGHT = "output_blocks.11.1.transformer_blocks.0.norm1.bias";
const TELLING_SIZE = 320;
const WIDE = 0.09;

/** Whether the released UNet's size speaks of v; null for UNets of other sizes. */
async function guessedBy(weight: WeightInfo | undefined): Promise<PredictionType | null> {
  if (weight?.shape.join() !== String(TELLING_SIZE)) return null;
  const { data } = await readWeight(weight);
  const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
  const variance = data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / data.length;
  return Math.sqrt(variance) > WIDE ? "v_prediction" : "epsilon";
}

/**
 * Whether a single file predicts ε or v: Stable Diffusion 1 always predicts ε; of version 2 it is asked for by the user,
 * stands in the file's metadata or in a config beside it, or follows from its training steps; otherwise it is guessed by
 * how wide one bias spreads (a rule of thumb of ComfyUI's), and told.
 */
export async function predictionOf(
  file: string,
  isVersion2: boolean,
  facts: ReadonlyMap<string, string | number | boolean>,
  config: {
    readonly asked?: PredictionType | undefined;
    readonly beside?: unknown;
    readonly telling?: WeightInfo | undefined;
  },
): Promise<PredictionFacts> {
  if (config.asked) return { prediction: config.asked };
  const said = named(config.beside) ?? named(facts.get("modelspec.prediction_type"));
  if (said) return { prediction: said };
  if (!isVersion2) return { prediction: "epsilon" };
  if (EPSILON_STEPS.includes(Number(facts.get("global_step")))) return { prediction: "epsilon" };
  const prediction = (await guessedBy(config.telling)) ?? "v_prediction";
  const [name, other] = prediction === "epsilon" ? ["ε", "v_prediction"] : ["v", "epsilon"];
  return {
    prediction,
    note: {
      code: "prediction-guessed",
      message: say`${file} does not say whether it predicts v or ε; it is taken for ${name!}. If results look wrong, ${add("prediction", other)}.`,
    },
  };
}
