import { defined } from "../defined.ts";
import { createSchedule } from "../diffusion/index.ts";
import { checkIsModel, checkPrompt, type EditKnobs, type PlannedEdit, planEdit } from "../edit/index.ts";
import type { Model } from "../pipeline/index.ts";
import type { BaselineOptions } from "./options.ts";

/**
 * Settles a method's guidance and the reading of its sentences before its work, and refuses what only its last part would.
 * `nullText`: its edit is of an inversion with null-text embeddings. Throws FateZeroError as `planEdit` does, `steps-invalid`.
 */
export async function planBaseline(
  model: Model,
  { source, target, steps = 50, guidance, negative }: BaselineOptions,
  { nullText = false, ...knobs }: Partial<EditKnobs> & { readonly nullText?: boolean } = {},
): Promise<PlannedEdit> {
  checkIsModel(model, "a method of comparison");
  checkPrompt({ prompt: source }, "a method of comparison", "the video shows");
  createSchedule(model.checkpoint.scheduler, steps);
  const given = { prompt: target, ...knobs, ...defined({ guidance, negative }) };
  const planned = await planEdit(model, { prompt: source, steps }, given);
  if (!nullText) return planned;
  const { guidance: scale } = planned.settings;
  return planEdit(model, { prompt: source, steps, nullText: { guidance: scale } }, given);
}
