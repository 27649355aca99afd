import { compatWordMapSites } from "../attention/index.ts";
import { type EditJobOptions, type Inversion, type PlannedEdit, planEdit } from "../edit/index.ts";
import { FateZeroError } from "../errors.ts";
import { attentionSites } from "../model/index.ts";
import { type Model, promptIds } from "../pipeline/index.ts";
import { checkEffects } from "./effects.ts";

/** What an inversion has settled, or will have, when an edit of it is planned. */
export type InversionTerms = Pick<Inversion, "prompt" | "steps" | "settings">;

export interface CheckedEdit extends PlannedEdit {
  /** The options that `edit` takes to do this. */
  readonly options: EditJobOptions;
}

/** Plan warnings that are errors here: on a command line, what would be ignored was meant. */
const REFUSED = new Set(["word-not-found", "prompt-cut"]);

/**
 * Plans an edit before any work, and refuses what would be found wrong, or do nothing, only after the inversion.
 * Throws FateZeroError as `edit` does, and usage errors.
 */
export async function checkEdit(
  model: Model,
  terms: InversionTerms,
  size: { readonly width: number; readonly height: number },
  given: EditJobOptions,
): Promise<CheckedEdit> {
  const { compat } = terms.settings;
  promptIds(model.tokenizer, given.negative ?? "", null, "negative prompt");
  const planned = await planEdit(model, terms, given);
  const { plan } = planned;
  const refused = plan.warnings.find(({ code }) => REFUSED.has(code));
  if (refused)
    throw new FateZeroError(refused.code, refused.message, "Correct the words, or leave them out.");
  if (compat && plan.mask.sourceTokens.length > 0) {
    // Throws where the released code has no mask, and says at which sizes it has one.
    const { downscale } = model.vae;
    compatWordMapSites(attentionSites(model.unet), size.height / downscale, size.width / downscale);
  }
  checkEffects(model.tokenizer, planned, given);
  return { ...planned, options: given };
}
