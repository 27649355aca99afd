import { FateZeroError } from "../errors.ts";
import {
  buildEditPlan,
  type CrossSteps,
  type EditPlan,
  type FusionWindow,
  type MaskWords,
  type WordTable,
} from "../prompt/index.ts";
import { checkNumber } from "./check.ts";
import type { Inversion } from "./inversion.ts";
import type { Model } from "./model.node.ts";
import { type Preset, type PresetName, presetFor, RELEASED } from "./presets.ts";

export interface EditJobOptions {
  /** What the video should show instead. */
  readonly prompt: string;
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
  /** Ends the job at once when aborted. */
  readonly signal?: AbortSignal;
}

/** Words named by hand ask for the mask of their attention, whatever the preset prefers. */
function chooseMaskSource({ maskFrom, maskWords }: EditJobOptions, preset: Preset): Preset["maskFrom"] {
  const byHand = typeof maskWords === "object";
  if (byHand && maskFrom === "difference") {
    throw new FateZeroError(
      "mask-conflict",
      "Mask words were named, but the mask is to be made from the difference of the predictions, which knows no words.",
      'Leave one of them out, or take the mask from "attention".',
    );
  }
  return maskFrom ?? (byHand ? "attention" : preset.maskFrom);
}

/** An edit with everything decided: which words, which windows, which knobs. */
export interface PlannedEdit {
  readonly plan: EditPlan;
  readonly preset: PresetName;
  readonly settings: Preset;
}

/**
 * Decides how an edit will be done, without computing anything: finds the difference of the prompts, the kind of edit
 * that follows from it, and the knobs. Cheap, so that a wrong word is told before an inversion.
 *
 * @throws FateZeroError on a word that is in neither prompt, a prompt over the model's length, a number out of range.
 */
export function planEdit(
  model: Model,
  inversion: Pick<Inversion, "prompt" | "steps" | "settings">,
  options: EditJobOptions,
): PlannedEdit {
  const base = {
    source: inversion.prompt,
    target: options.prompt,
    steps: inversion.steps,
    method: options.method,
    amplify: options.amplify,
    maskWords: options.maskWords,
    compat: inversion.settings.compat ?? undefined,
  };
  const windows = { selfSteps: options.selfSteps, crossSteps: options.crossSteps };
  const draft = buildEditPlan(model.tokenizer, { ...base, ...windows });
  const name: PresetName = draft.mask.sourceTokens.length > 0 ? "attribute" : "style";
  const preset = inversion.settings.compat ? RELEASED : presetFor(name, model.checkpoint.settings);
  const plan = buildEditPlan(model.tokenizer, {
    ...base,
    selfSteps: options.selfSteps ?? preset.selfSteps,
    crossSteps: options.crossSteps ?? preset.crossSteps,
  });
  if (options.latentBlend && plan.mask.sourceTokens.length === 0 && !inversion.settings.compat) {
    throw new FateZeroError(
      "blend-without-words",
      "The latent blend keeps what no mask word points at, but this edit has no mask words: nothing would change.",
      "Name words of the source prompt as mask words, or leave the latent blend out.",
    );
  }
  const settings = {
    ...preset,
    maskThreshold: checkNumber("The mask threshold", options.maskThreshold ?? preset.maskThreshold, 0, 1e9),
    maskFrom: chooseMaskSource(options, preset),
    latentBlend: options.latentBlend ?? (preset.latentBlend && name === "attribute"),
    guidance: checkNumber("The guidance scale", options.guidance ?? preset.guidance, 0, 1e4),
  };
  return { plan, preset: name, settings };
}
