import { type Model, promptIds } from "../pipeline/index.ts";
import type { FloatTensor } from "../tensor/index.ts";
import { type Inversion, nullTextAt } from "./inversion.ts";
import type { PlannedEdit } from "./plan-edit.ts";

/** Text states [L, D] of the three branches, the unconditional one's by inversion step; none without guidance. */
export interface BranchTexts {
  readonly source: FloatTensor;
  readonly unconditional: ((inverted: number) => FloatTensor) | null;
  readonly edit: FloatTensor;
  /** Of the target prompts of its regions. */
  readonly regions: readonly FloatTensor[];
}

/** Encodes the prompts of an edit's branches; an inversion with null-text embeddings brings the unconditional one's. */
export async function encodeTexts(
  model: Model,
  { ids, settings: { compat }, nullText }: Inversion,
  { plan, settings, regions }: PlannedEdit,
  signal?: AbortSignal,
): Promise<BranchTexts> {
  const unconditional = async (): Promise<BranchTexts["unconditional"]> => {
    if (settings.guidance <= 1) return null;
    if (nullText) return (inverted) => nullTextAt(nullText, inverted);
    const { ids: free } = promptIds(model.tokenizer, settings.negative, compat, "negative prompt");
    const states = await model.encodeText(free, signal);
    return () => states;
  };
  const ofRegions: FloatTensor[] = [];
  for (const region of regions?.list ?? [])
    ofRegions.push(await model.encodeText(region.plan.target.ids, signal));
  return {
    regions: ofRegions,
    source: await model.encodeText(ids, signal),
    edit: await model.encodeText(plan.target.ids, signal),
    unconditional: await unconditional(),
  };
}
