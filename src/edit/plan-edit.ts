import { FateZeroError } from "../errors.ts";
import { checkNumber, type PlanningModel } from "../pipeline/index.ts";
import {
  type Amplification,
  buildEditPlan,
  type CrossSteps,
  crossStepsOf,
  type EditPlan,
  type EditReading,
  type FusionWindow,
  type MaskWords,
  padIds,
  readEdit,
  readWeights,
  type WordName,
  type WordTable,
  wordWindows,
} from "../prompt/index.ts";
import type { StateStore } from "../resume/index.ts";
import { inWords, say, set, type Text } from "../say.ts";
import type { Inversion } from "./inversion.ts";
import {
  atStrength,
  PRESET_NAMES,
  type Preset,
  type PresetName,
  presetFor,
  presetIsPapers,
  RELEASED,
} from "./presets.ts";

/** What an edit is told: the target prompt, and the knobs that are set by hand. */
export interface EditKnobs {
  /** What the video should show instead. `(watercolor:1.5)` amplifies a word, `\\(` is a bracket. */
  readonly prompt: string;
  /** Values for a kind of edit. @default the kind that the difference of the prompts speaks of */
  readonly preset?: PresetName;
  /** Moves the preset's knobs together: 0 hardly anything, 0.5 the preset, 1 as far as it goes. @default 0.5 */
  readonly strength?: number;
  /** What it should not show. @default "" */
  readonly negative?: string;
  /** Guidance scale s; up to 1 there is no guidance. @default by kind of edit, 7.5 for Stable Diffusion */
  readonly guidance?: number;
  /** Share of the steps, from the noisiest, whose self-attention is fused: 1 − t_s/T. @default by kind of edit */
  readonly selfSteps?: FusionWindow;
  /** Share of the steps whose cross-attention is fused, 1 − t_c/T; also by word. @default by kind of edit */
  readonly crossSteps?: CrossSteps;
  /** τ of the blend mask, 0…1; from 1 on the source's self-attention replaces all. @default by kind of edit */
  readonly maskThreshold?: number;
  /** What the mask is made of. @default by kind of edit, "attention" for Stable Diffusion */
  readonly maskFrom?: "attention" | "difference";
  /** Words whose attention makes the mask. @default the source words that change */
  readonly maskWords?: MaskWords | "auto" | "none";
  /** Factors on the attention to words of the target prompt. */
  readonly amplify?: WordTable<number>;
  /** Let the edit keep its own self-attention inside the mask; else the mask serves the latent blend only. @default true */
  readonly maskSelfAttention?: boolean;
  /** Keep the source's latents outside the mask. @default by kind of edit */
  readonly latentBlend?: boolean;
  /** Fuse attention in layers of at most 1024 positions, or in all (paper Alg. 2). @default "auto" */
  readonly fuseLayers?: "auto" | "all";
  /** How target words find their source words. @default "auto" */
  readonly method?: "auto" | "replace" | "refine";
}

/** What belongs to one run of an edit, whatever it does. */
export interface EditRun {
  /** Keep the masks of every step in the result. @default false */
  readonly keepMasks?: boolean;
  /** Keep the latents of every step in the result. @default false */
  readonly keepTrajectory?: boolean;
  /**
   * Keeps the state of the work: the same edit goes on where an earlier run of it stopped, with the same numbers. It is
   * removed when the edit is done. @default none
   */
  readonly store?: StateStore;
  /** Ends the job at once when aborted. */
  readonly signal?: AbortSignal;
}

export interface EditJobOptions extends EditKnobs, EditRun {}

/** A run of an edit that was planned before. */
export interface PlannedEditOptions extends EditRun {
  readonly plan: PlannedEdit;
}

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

/** The knobs of an edit as they are used: the preset's, moved by the strength, then those set by hand. */
export interface EditSettings extends Omit<Preset, "selfSteps" | "crossSteps"> {
  readonly selfSteps: FusionWindow;
  readonly crossSteps: CrossSteps;
  readonly negative: string;
  readonly maskSelfAttention: boolean;
  readonly fuseLayers: "auto" | "all";
}

/** What an inversion has settled, or will have, when an edit of it is planned. */
export interface PlanTerms extends Pick<Inversion, "prompt" | "steps"> {
  /** @default none: this program's own reading of prompts, not the released code's */
  readonly settings?: Pick<Inversion["settings"], "compat">;
}

/** An edit with everything decided: which words, which windows, which knobs. */
export interface PlannedEdit {
  readonly plan: EditPlan;
  readonly preset: PresetName;
  readonly settings: EditSettings;
  /** How the two sentences were read; null in compat, where nothing is. */
  readonly reading: EditReading | null;
  /** Whether a mask is made: by words of the source that are found, or from the predictions. */
  readonly hasMask: boolean;
  /** Words whose attention is multiplied, and by what: those with a weight in the prompt, and those named beside it. */
  readonly amplify: readonly Amplification[];
  /** A few lines for a person, in pieces that name fields; `plan.explanation` has them in the library's words. */
  readonly explanation: Text;
}

/** Words that a table of windows does not name keep the preset's share. */
function withOtherWords(crossSteps: CrossSteps | undefined, share: number): CrossSteps {
  const { rest, words } = wordWindows(crossSteps ?? share);
  return crossStepsOf({ rest: rest ?? share, words });
}

/** One line on the mask as it is used; mask words are told only where they make one. */
function noteMask(plan: EditPlan, name: PresetName, settings: EditSettings, papers: boolean): Text {
  const { maskThreshold, maskFrom } = settings;
  if (maskThreshold < 1)
    return maskFrom === "difference" ? "The mask is where the predictions differ." : plan.maskNote;
  const words = plan.mask.sourceWords.map((word) => `"${word}"`).join(", ");
  if (words === "" || name === "style") return "No mask: the source's self-attention holds everywhere.";
  const choice = papers ? `, by the paper's choice for ${name} edits` : "";
  return say`No mask${choice}: the source's self-attention holds everywhere. ${set("maskThreshold", MASKED)} to mask ${words}.`;
}

function choosePreset(
  model: PlanningModel,
  kind: PresetName,
  compat: boolean,
  options: EditKnobs,
): [PresetName, Preset] {
  if (compat) return [kind, RELEASED];
  const name = options.preset ?? kind;
  if (!PRESET_NAMES.includes(name)) {
    throw new FateZeroError(
      "bad-preset",
      `There is no preset "${name}".`,
      `Presets are ${PRESET_NAMES.join(", ")}.`,
    );
  }
  const strength = checkNumber("The strength", options.strength ?? 0.5, 0, 1);
  return [name, atStrength(presetFor(name, model.checkpoint.settings), strength)];
}

/**
 * Decides how an edit will be done, without computing anything: finds the difference of the prompts, the kind of edit
 * that follows from it, and the knobs. Cheap, so that a wrong word is told before an inversion.
 *
 * @throws FateZeroError on a word that is in neither prompt, a prompt over the model's length, a number out of range.
 * @example
 * const model = await openPlanningModel(); // or one of loadModel
 * const planned = await planEdit(model, { prompt: "a red rose", steps: 50 }, { prompt: "a blue rose" });
 * planned.preset; // "attribute"
 */
export async function planEdit(
  model: PlanningModel,
  inversion: PlanTerms,
  options: EditKnobs,
): Promise<PlannedEdit> {
  const compat = inversion.settings?.compat ?? undefined;
  const target = compat ? { text: options.prompt, weights: [] } : readWeights(options.prompt);
  const { amplify = [] } = options;
  const byHand = (Array.isArray(amplify) ? amplify : Object.entries(amplify)) as [WordName, number][];
  const factors = [...target.weights, ...byHand];
  const base = {
    source: inversion.prompt,
    target: target.text,
    steps: inversion.steps,
    method: options.method,
    amplify: factors,
    maskWords: options.maskWords,
    compat,
  };
  const reading = compat ? undefined : await readEdit(model.tokenizer, base.source, base.target);
  const [name, preset] = choosePreset(model, reading?.kind ?? "attribute", compat !== undefined, options);
  const selfSteps = options.selfSteps ?? preset.selfSteps;
  const crossSteps = withOtherWords(options.crossSteps, preset.crossSteps);
  const knobs = { ...base, selfSteps, crossSteps: compat ? (options.crossSteps ?? crossSteps) : crossSteps };
  const plan = reading
    ? buildEditPlan(model.tokenizer, knobs, reading)
    : buildEditPlan(model.tokenizer, { ...knobs, compat: "fatezero" });
  if (options.negative !== undefined && !compat)
    padIds(model.tokenizer, options.negative, "refuse", "negative prompt");

  // Whoever names mask words wants a mask, also where the preset has none.
  const usual =
    typeof options.maskWords === "object" && preset.maskThreshold >= 1 ? MASKED : preset.maskThreshold;
  const maskThreshold = checkNumber("The mask threshold", options.maskThreshold ?? usual, 0, 1e9);
  const maskFrom = chooseMaskSource(options, preset);
  const hasMask = maskThreshold < 1 && (maskFrom === "difference" || plan.mask.sourceTokens.length > 0);
  if (options.latentBlend && !hasMask && !compat) {
    throw new FateZeroError(
      "blend-without-mask",
      "The latent blend keeps what the mask leaves out, but this edit has no mask: nothing would change.",
      "Name words of the source prompt as mask words and a threshold below 1, or leave the latent blend out.",
    );
  }
  const settings: EditSettings = {
    selfSteps,
    crossSteps,
    maskThreshold,
    maskFrom,
    // Words that were named but are absent still blend in the released code: the mask is empty then. No words, no blend.
    latentBlend:
      (options.latentBlend ?? (preset.latentBlend && hasMask)) &&
      !(compat && typeof options.maskWords !== "object"),
    guidance: checkNumber("The guidance scale", options.guidance ?? preset.guidance, 0, 1e4),
    negative: options.negative ?? "",
    maskSelfAttention: options.maskSelfAttention ?? true,
    fuseLayers: options.fuseLayers ?? "auto",
  };
  const papers = presetIsPapers(name, model.checkpoint.settings);
  const explanation = compat
    ? plan.explanation
    : say`${plan.explanation}\n${[noteMask(plan, name, settings, papers)].flat()}`;
  return {
    plan: { ...plan, explanation: inWords(explanation) },
    preset: name,
    settings,
    reading: reading ?? null,
    hasMask,
    amplify: factors,
    explanation,
  };
}

/** Throws FateZeroError `plan-differs` unless a plan was made for this inversion; returns it. */
export function checkPlan(
  { prompt, steps }: Pick<Inversion, "prompt" | "steps">,
  planned: PlannedEdit,
): PlannedEdit {
  const { source, steps: own } = planned.plan;
  if (source.text === prompt && own.length === steps) return planned;
  throw new FateZeroError(
    "plan-differs",
    `The plan is for "${source.text}" in ${own.length} steps; the inversion is of "${prompt}" in ${steps}.`,
    "Plan the edit with this inversion.",
  );
}
