import type { ModelSettings, PresetKnobs } from "../checkpoint/index.ts";
import { FateZeroError } from "../errors.ts";
import { checkNumber, type PlanningModel } from "../pipeline/index.ts";
import type { EditKind } from "../prompt/index.ts";

/** The knobs of an edit at the values of its kind (paper App. A). */
export interface Preset extends PresetKnobs {}

/** Kinds of edit that have values of their own. */
export type PresetName = EditKind | "remove" | "enhance";

export const PRESET_NAMES: readonly PresetName[] = [
  ...["style", "attribute", "shape", "background"],
  ...["remove", "enhance"],
] as const;

const STYLE: Preset = {
  selfSteps: 0.8,
  crossSteps: 0.7,
  maskThreshold: 1,
  maskFrom: "attention",
  guidance: 7.5,
  latentBlend: false,
};

/**
 * The paper's values for Stable Diffusion (App. A). It gives none for backgrounds (attribute's with a mask), for removal
 * (shape's mask) and for enhancement (style's).
 */
const PAPER: Readonly<Record<PresetName, Preset>> = {
  style: STYLE,
  attribute: STYLE,
  shape: { ...STYLE, selfSteps: 0.5, crossSteps: 0.5, maskThreshold: 0.3 },
  background: { ...STYLE, maskThreshold: 0.3 },
  remove: { ...STYLE, crossSteps: 0.5, maskThreshold: 0.3, latentBlend: true },
  enhance: STYLE,
};

/** What the released code takes where a config is silent (p2p_ddim_spatial_temporal.py; guidance as in its configs). */
export const RELEASED: Preset = { ...PAPER.attribute, maskThreshold: 0.3 };

/** The values for a kind of edit: the model folder's own (`presets` in its fatezero.json) where it has them. */
export function presetFor(name: PresetName, settings: ModelSettings | null): Preset {
  return { ...PAPER[name], ...settings?.presets?.[name] };
}

/**
 * The values of a preset for a model at a strength from 0 to 1 (0.5: as the paper gives them, or the model's folder).
 * Throws FateZeroError `bad-preset`, `bad-option`.
 */
export function presetOf(model: PlanningModel, name: PresetName, strength = 0.5): Preset {
  if (!PRESET_NAMES.includes(name)) {
    throw new FateZeroError(
      "bad-preset",
      `There is no preset "${name}".`,
      `Presets are ${PRESET_NAMES.join(", ")}.`,
    );
  }
  return atStrength(presetFor(name, model.checkpoint.settings), checkNumber("The strength", strength, 0, 1));
}

/** Whether the mask of a preset is the paper's choice, and not the model folder's. */
export function presetIsPapers(name: PresetName, settings: ModelSettings | null): boolean {
  return settings?.presets?.[name]?.maskThreshold === undefined;
}

/** Digits behind the point: finer than any step or mask tells apart. */
const DIGITS = 3;

/** Where the knobs stand at strength 0 ("hardly anything") and, as shares of the preset's, at strength 1. */
const WEAKEST = { steps: 1, guidance: 1 };
const STRONGEST = { steps: 0.25, guidance: 1.6, threshold: 0.5 };

/**
 * Moves a preset's knobs together: strength 0 changes hardly anything (all steps fuse, no guidance), 0.5 is the preset,
 * 1 goes as far as it can (few steps fuse, more guidance, a wider mask). Straight lines in between.
 */
export function atStrength(preset: Preset, strength: number): Preset {
  const towards = Math.abs(strength - 0.5) * 2;
  // As a person would write them: 0.225, not 0.22499999999999998.
  const mix = (from: number, to: number): number => Number((from + (to - from) * towards).toFixed(DIGITS));
  const { selfSteps, crossSteps, guidance, maskThreshold } = preset;
  if (strength <= 0.5) {
    return {
      ...preset,
      selfSteps: mix(selfSteps, WEAKEST.steps),
      crossSteps: mix(crossSteps, WEAKEST.steps),
      guidance: mix(guidance, WEAKEST.guidance),
    };
  }
  return {
    ...preset,
    selfSteps: mix(selfSteps, STRONGEST.steps * selfSteps),
    crossSteps: mix(crossSteps, STRONGEST.steps * crossSteps),
    guidance: mix(guidance, STRONGEST.guidance * guidance),
    maskThreshold:
      maskThreshold < 1 ? mix(maskThreshold, STRONGEST.threshold * maskThreshold) : maskThreshold,
  };
}
