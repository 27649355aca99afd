import { compatWordMapSites } from "../attention/index.ts";
import { type EditJobOptions, planEdit } from "../edit/index.ts";
import { FateZeroError } from "../errors.ts";
import { attentionSites } from "../model/index.ts";
import { type Model, promptIds } from "../pipeline/index.ts";
import type { EditPlan } from "../prompt/index.ts";
import { checkEffects } from "./effects.ts";
import type { Size } from "./input.ts";
import type { CheckedEdit, InversionTerms } from "./prepared.ts";

/** Plan warnings that are errors here: in a request, what would be ignored was meant. */
const REFUSED = ["word-not-found", "prompt-cut"] as const;

/** Throws FateZeroError where a plan warns that something would be ignored. */
export function refuseIgnored({ warnings }: EditPlan): void {
  for (const { code, message } of warnings) {
    const refused = REFUSED.find((known) => known === code);
    if (refused) throw new FateZeroError(refused, message, "Correct the words, or leave them out.");
  }
}

/**
 * Plans an edit before any work, and refuses what would be found wrong, or do nothing, only after the inversion.
 * Throws FateZeroError as `edit` does, and usage errors.
 */
export async function checkEdit(
  model: Model,
  terms: InversionTerms,
  size: Size,
  given: EditJobOptions,
): Promise<CheckedEdit> {
  const { compat } = terms.settings;
  promptIds(model.tokenizer, given.negative ?? "", null, "negative prompt");
  const planned = { ...(await planEdit(model, terms, given)), options: given };
  const { plan } = planned;
  refuseIgnored(plan);
  if (compat && plan.mask.sourceTokens.length > 0) {
    // Throws where the released code has no mask, and says at which sizes it has one.
    const { downscale } = model.vae;
    compatWordMapSites(attentionSites(model.unet), size.height / downscale, size.width / downscale);
  }
  checkEffects(model, terms, size, planned);
  return planned;
}
