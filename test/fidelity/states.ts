import { promptIds } from "../../src/pipeline/index.ts";
import type { FloatTensor } from "../../src/tensor/index.ts";
import type { Bench } from "./bench.ts";
import { at } from "./stored.ts";

/** Text states [L, width] that the case's UNet calls are fed. */
export interface TextStates {
  readonly source: FloatTensor;
  readonly target: FloatTensor;
  readonly unconditional: FloatTensor | null;
}

/** Our own states of the empty prompt. */
export function emptyStates({ model }: Bench): Promise<FloatTensor> {
  return model.encodeText(promptIds(model.tokenizer, "", "fatezero", "unconditional prompt").ids);
}

/** The stored states; ours where the case does not hold them. The reference stacks [unconditional, conditional]. */
export async function textStates(bench: Bench): Promise<TextStates> {
  const { stored, model, plan, guided } = bench;
  const source = stored.find("text/source_uncond_cond");
  const target = stored.find("text/target_uncond_cond");
  const last = (states: FloatTensor): FloatTensor => at(states, states.shape[0]! - 1);
  const free = target && target.shape[0]! > 1 ? at(target, 0) : null;
  return {
    source: source ? last(source) : await model.encodeText(plan.source.ids),
    target: target ? last(target) : await model.encodeText(plan.target.ids),
    unconditional: guided ? (free ?? (await emptyStates(bench))) : null,
  };
}
