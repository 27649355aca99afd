import { FateZeroError } from "../errors.ts";
import { checkNumber } from "../pipeline/index.ts";
import type { EditPlan } from "../prompt/index.ts";
import { leaveOut, say, set, type Text, the } from "../say.ts";
import type { HandMasks } from "./given-mask.ts";
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

function wordsReplaced(): FateZeroError {
  return new FateZeroError(
    "mask-conflict",
    say`${the("maskWords")} would have no effect: ${the("mask")} takes the place of the mask that words make.`,
    say`${leaveOut("maskWords")}, or ${set("maskMode", "add")} or cut.`,
  );
}

function nothingBeside(mode: string): FateZeroError {
  const what = mode === "add" ? "to be added to the automatic mask" : "what is left of the automatic mask";
  return new FateZeroError(
    "mask-conflict",
    say`${the("mask")} is ${what}, and this edit has none: it may change everything.`,
    say`${leaveOut("maskMode")}, or ${set("maskThreshold", MASKED)} and name ${the("maskWords")}.`,
  );
}

/**
 * τ beside a mask by hand. One in place of the automatic mask says where, and its kind whether the layout may change there: in
 * shape edits only, as all others keep the source's self-attention (docs/masks.md has what that is worth). Whoever has one
 * added to the automatic mask wants that, also where the preset has none.
 */
function usualByHand(mode: HandMasks["mode"], name: PresetName, { maskThreshold }: Preset): number {
  if (mode === "replace") return name === "shape" ? maskThreshold : 1;
  return maskThreshold >= 1 ? MASKED : maskThreshold;
}

/** What a mask is made of, above which τ, and whether latents are blended by it. */
export interface ChosenMask {
  readonly settings: Pick<EditSettings, "maskThreshold" | "maskFrom" | "latentBlend">;
  /** Whether a mask is made: by words of the source that are found, or from the predictions. */
  readonly isUsed: boolean;
}

/** Decides on the mask of an edit whose words are planned. Throws FateZeroError `mask-conflict`, `blend-without-mask`. */
export function chooseMask(
  options: EditKnobs,
  preset: Preset,
  plan: EditPlan,
  {
    name,
    compat,
    hand,
  }: { readonly name: PresetName; readonly compat: boolean; readonly hand: HandMasks | null },
): ChosenMask {
  const named = typeof options.maskWords === "object";
  const byHand = hand !== null && hand.mask !== null;
  const replaces = byHand && hand.mode === "replace";
  const maskByHand = byHand ? usualByHand(hand.mode, name, preset) : preset.maskThreshold;
  // Whoever names mask words wants a mask, also where the preset has none.
  const usual = named && maskByHand >= 1 && !replaces ? MASKED : maskByHand;
  const maskThreshold = checkNumber("The mask threshold", options.maskThreshold ?? usual, 0, 1e9);
  const maskFrom = chooseMaskSource(options, preset);
  if (replaces && named) throw wordsReplaced();
  const isUsed =
    !replaces && maskThreshold < 1 && (maskFrom === "difference" || plan.mask.sourceTokens.length > 0);
  if (byHand && !replaces && !isUsed) throw nothingBeside(hand.mode);
  if (options.latentBlend && !isUsed && !byHand && !compat) {
    throw new FateZeroError(
      "blend-without-mask",
      "The latent blend keeps what the mask leaves out, but this edit has no mask: nothing would change.",
      "Name words of the source prompt as mask words and a threshold below 1, or leave the latent blend out.",
    );
  }
  // Words that were named but are absent still blend in the released code: the mask is empty then. No words, no blend.
  const latentBlend =
    (options.latentBlend ?? (byHand || (preset.latentBlend && isUsed))) && !(compat && !named);
  return { settings: { maskThreshold, maskFrom, latentBlend }, isUsed };
}

/** What a person's masks do, in a line; the automatic mask is told beside it where it acts. */
function noteHand({ mask, mode, protect }: HandMasks): string {
  const marked = {
    replace: "The mask is the one that was given",
    add: "The mask that was given is added to the automatic one",
    cut: "Of the automatic mask only what lies in the given one is left",
  }[mode];
  const kept = "what was given as protected stays as it is";
  if (!mask) return `${kept[0]!.toUpperCase()}${kept.slice(1)}.`;
  return protect ? `${marked}; ${kept}.` : `${marked}.`;
}

/** One line on the mask as it is used; mask words are told only where they make one. */
export function noteMask(
  plan: EditPlan,
  name: PresetName,
  {
    settings,
    hand,
    papers,
  }: { readonly settings: EditSettings; readonly hand: HandMasks | null; readonly papers: boolean },
): Text {
  if (!hand) return noteAutomatic(plan, name, settings, papers);
  if (hand.mask && hand.mode === "replace") return noteHand(hand);
  return say`${[noteAutomatic(plan, name, settings, papers)].flat()} ${noteHand(hand)}`;
}

/** The same of the automatic mask. */
function noteAutomatic(plan: EditPlan, name: PresetName, settings: EditSettings, papers: boolean): Text {
  const { maskThreshold, maskFrom } = settings;
  if (maskThreshold < 1)
    return maskFrom === "difference" ? "The mask is where the predictions differ." : plan.maskNote;
  const words = plan.mask.sourceWords.map((word) => `"${word}"`).join(", ");
  if (words === "" || name === "style" || name === "enhance")
    return "No mask: the source's self-attention holds everywhere.";
  const choice = papers ? `, by the paper's choice for ${name} edits` : "";
  return say`No mask${choice}: the source's self-attention holds everywhere. ${set("maskThreshold", MASKED)} to mask ${words}.`;
}
