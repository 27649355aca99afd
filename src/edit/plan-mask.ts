import { FateZeroError } from "../errors.ts";
import { checkNumber } from "../pipeline/index.ts";
import type { EditPlan } from "../prompt/index.ts";
import { say, set, type Text } from "../say.ts";
import type { EditKnobs, EditSettings } from "./knobs.ts";
import type { Preset, PresetName } from "./presets.ts";

/** τ of a mask whose words are named by hand where the preset has no mask: the paper's for shape edits. */
const MASKED = 0.3;

/** Words named by hand, or none, ask for the mask of their attention, whatever the preset prefers. */
function chooseMaskSource({ maskFrom, maskWords }: EditKnobs, preset: Preset): Preset["maskFrom"] {
  const byHand = typeof maskWords === "object";
  if (byHand && maskFrom === "difference") {
    throw new FateZeroError(
      "mask-conflict",
      "Mask words were named, but the mask is to be made from the difference of the predictions, which knows no words.",
      'Leave one of them out, or take the mask from "attention".',
    );
  }
  return maskFrom ?? (byHand || maskWords === "none" ? "attention" : preset.maskFrom);
}

/** What a mask is made of, above which τ, and whether latents are blended by it. */
export interface ChosenMask {
  readonly settings: Pick<EditSettings, "maskThreshold" | "maskFrom" | "latentBlend">;
  /** Whether a mask is made: by words of the source that are found, or from the predictions. */
  readonly isUsed: boolean;
}

/** Decides on the mask of an edit whose words are planned. Throws FateZeroError `mask-conflict`, `blend-without-mask`. */
export function chooseMask(options: EditKnobs, preset: Preset, plan: EditPlan, compat: boolean): ChosenMask {
  const named = typeof options.maskWords === "object";
  // Whoever names mask words wants a mask, also where the preset has none.
  const usual = named && preset.maskThreshold >= 1 ? MASKED : preset.maskThreshold;
  const maskThreshold = checkNumber("The mask threshold", options.maskThreshold ?? usual, 0, 1e9);
  const maskFrom = chooseMaskSource(options, preset);
  const isUsed = maskThreshold < 1 && (maskFrom === "difference" || plan.mask.sourceTokens.length > 0);
  if (options.latentBlend && !isUsed && !compat) {
    throw new FateZeroError(
      "blend-without-mask",
      "The latent blend keeps what the mask leaves out, but this edit has no mask: nothing would change.",
      "Name words of the source prompt as mask words and a threshold below 1, or leave the latent blend out.",
    );
  }
  // Words that were named but are absent still blend in the released code: the mask is empty then. No words, no blend.
  const latentBlend = (options.latentBlend ?? (preset.latentBlend && isUsed)) && !(compat && !named);
  return { settings: { maskThreshold, maskFrom, latentBlend }, isUsed };
}

/** One line on the mask as it is used; mask words are told only where they make one. */
export function noteMask(plan: EditPlan, name: PresetName, settings: EditSettings, papers: boolean): Text {
  const { maskThreshold, maskFrom } = settings;
  if (maskThreshold < 1)
    return maskFrom === "difference" ? "The mask is where the predictions differ." : plan.maskNote;
  const words = plan.mask.sourceWords.map((word) => `"${word}"`).join(", ");
  if (words === "" || name === "style" || name === "enhance")
    return "No mask: the source's self-attention holds everywhere.";
  const choice = papers ? `, by the paper's choice for ${name} edits` : "";
  return say`No mask${choice}: the source's self-attention holds everywhere. ${set("maskThreshold", MASKED)} to mask ${words}.`;
}
