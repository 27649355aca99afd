import type { CrossSteps, FusionWindow, MaskWords, WordTable } from "../prompt/index.ts";
import type { StateStore } from "../resume/index.ts";
import type { GivenFrame } from "../video/index.ts";
import type { GivenMasks } from "./given-mask.ts";
import type { LiveOptions } from "./live.ts";
import type { Preset, PresetName } from "./presets.ts";

/** What an edit is told: the target prompt, and the knobs that are set by hand. */
export interface EditKnobs extends GivenMasks {
  /**
   * What the video should show instead. `(watercolor:1.5)` amplifies a word, `\\(` is a bracket. Left out only where the edit
   * makes it itself: with `remove` and with `enhance`.
   */
  readonly prompt?: string;
  /**
   * Words of the source prompt: what they name is removed, and what is behind it shown. It makes the target prompt itself.
   * @default nothing
   */
  readonly remove?: readonly string[];
  /** Make the target of the source prompt and words of quality at its end. @default false */
  readonly enhance?: boolean;
  /** Values for a kind of edit. @default the kind that the difference of the prompts speaks of */
  readonly preset?: PresetName;
  /** Moves the preset's knobs together: 0 hardly anything, 0.5 the preset, 1 as far as it goes. @default 0.5 */
  readonly strength?: number;
  /** What it should not show. @default "" */
  readonly negative?: string;
  /** Guidance scale s; up to 1 there is no guidance. @default by kind of edit, 7.5 for Stable Diffusion */
  readonly guidance?: number;
  /**
   * Share of the steps, from the noisiest, that are guided, or a range [0.2, 0.8]: the others go without the unconditional
   * branch, which saves its time (Kynkäänniemi et al. 2024). @default 1, all of them
   */
  readonly guidanceSteps?: FusionWindow;
  /**
   * Of every so many steps one runs the whole UNet, the others its finest level alone, with what the coarser ones gave
   * there (DeepCache, Ma et al. 2023). @default 1, all of them whole
   */
  readonly reuseDeep?: number;
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
  /**
   * Whose attention is fused: the source's on its way to noise (paper §3.2), or that of denoising it back under the edit's
   * guidance, as prompt-to-prompt has it (Fig. 3, 8: an ablation). @default "inversion"
   */
  readonly fuseFrom?: "inversion" | "reconstruction";
  /** How target words find their source words. @default "auto" */
  readonly align?: "auto" | "replace" | "refine";
}

/** What belongs to one run of an edit, whatever it does. */
export interface EditRun {
  /** Keep the masks of every step in the result. @default false */
  readonly keepMasks?: boolean;
  /**
   * The frames that were inverted, at the inversion's size, whose pixels stay outside of a mask by hand. @default the
   * inversion's, decoded
   */
  readonly sourceFrames?: readonly GivenFrame[];
  /** Pictures on the way: an event after every so many steps, of what the edit will be. @default none */
  readonly live?: LiveOptions;
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

/** The knobs of an edit as they are used: the preset's, moved by the strength, then those set by hand. */
export interface EditSettings extends Omit<Preset, "selfSteps" | "crossSteps"> {
  readonly selfSteps: FusionWindow;
  readonly crossSteps: CrossSteps;
  readonly negative: string;
  /** Absent where all steps are guided. */
  readonly guidanceSteps?: FusionWindow;
  /** Absent where every step runs the whole UNet. */
  readonly reuseDeep?: number;
  readonly maskSelfAttention: boolean;
  readonly fuseLayers: "auto" | "all";
  readonly fuseFrom: "inversion" | "reconstruction";
}
