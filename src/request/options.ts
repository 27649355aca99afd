import type { PredictionType } from "../checkpoint/index.ts";
import type { MaskMode, PresetName } from "../edit/index.ts";
import type { FrameList } from "../frame-list.ts";
import type { Windowing } from "../frame-window.ts";
import type { Scenes } from "../pipeline/index.ts";
import type { Amplification, CrossSteps, FusionWindow, MaskWords } from "../prompt/index.ts";

/** What requests of several kinds have in common: groups of fields, each with its range, default and meaning in fields/. */

/** Which frames of a clip are taken, and how they are cut. */
export interface ClipOptions {
  readonly frames?: number | undefined;
  readonly start?: number | undefined;
  readonly stride?: number | undefined;
  /** Times of the video, as `0:12` or `12.5`. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** `center`, `16:9`, or pixels `left,right,top,bottom`; of an edit also `auto`. */
  readonly crop?: string | undefined;
  readonly background?: string | undefined;
  readonly deinterlace?: "auto" | "off" | undefined;
  readonly size?: number | undefined;
  readonly fps?: number | undefined;
}

/** Which model is used, what is added to it, and how it computes. */
export interface ModelOptions {
  readonly model?: string | undefined;
  readonly lora?: readonly { readonly path: string; readonly scale?: number }[] | undefined;
  readonly embeddings?: readonly { readonly path: string; readonly word?: string }[] | undefined;
  readonly vae?: string | undefined;
  readonly variant?: "fp16" | undefined;
  readonly prediction?: PredictionType | undefined;
  readonly base?: string | undefined;
  readonly ema?: boolean | undefined;
  readonly lowMemory?: boolean | undefined;
  /** Frames; without it as many as are best and fit. */
  readonly chunk?: number | undefined;
  readonly maxMemory?: number | undefined;
  readonly device?: "auto" | "cpu" | "webgpu" | "cuda" | "coreml" | "dml" | undefined;
  readonly precision?: "auto" | "fp32" | "fp16" | undefined;
}

/** Where a clip's scenes begin. */
export interface SceneOptions {
  readonly scenes?: Scenes | undefined;
}

/** Windows in which a model with layers over time computes a long clip. */
export interface WindowOptions {
  readonly window?: Windowing | undefined;
}

/** How a clip is inverted. */
export interface MethodOptions {
  readonly steps?: number | undefined;
  readonly attend?: FrameList | undefined;
  readonly compat?: "fatezero" | undefined;
}

/** What an edit does to the picture. */
export interface KnobOptions {
  readonly negative?: string | undefined;
  readonly remove?: readonly string[] | undefined;
  readonly enhance?: boolean | undefined;
  readonly preset?: PresetName | undefined;
  readonly strength?: number | undefined;
  readonly selfSteps?: FusionWindow | undefined;
  readonly crossSteps?: CrossSteps | undefined;
  readonly maskWords?: MaskWords | "auto" | "none" | undefined;
  readonly maskFrom?: "attention" | "difference" | undefined;
  readonly maskThreshold?: number | undefined;
  readonly latentBlend?: boolean | undefined;
  readonly amplify?: readonly Amplification[] | undefined;
  readonly guidance?: number | undefined;
  readonly guidanceSteps?: FusionWindow | undefined;
  readonly reuseDeep?: number | undefined;
  readonly align?: "auto" | "replace" | "refine" | undefined;
  readonly fuseLayers?: "auto" | "all" | undefined;
  readonly fuseFrom?: "inversion" | "reconstruction" | undefined;
}

/** Knobs of which a run may try several values. */
export type SweptField =
  | "strength"
  | "preset"
  | "selfSteps"
  | "crossSteps"
  | "maskThreshold"
  | "maskFrom"
  | "guidance"
  | "guidanceSteps"
  | "reuseDeep"
  | "align"
  | "fuseFrom";

/** A knob and the values that are tried, an edit for each. */
export type Sweep = {
  readonly [K in SweptField]: {
    readonly field: K;
    readonly values: readonly (K extends "crossSteps" ? FusionWindow : NonNullable<KnobOptions[K]>)[];
  };
}[SweptField];

/** Masks and regions that a person gives: pictures, videos or folders. */
export interface HandMaskOptions {
  readonly mask?: string | undefined;
  readonly maskMode?: MaskMode | undefined;
  readonly protect?: string | undefined;
  /** Parts of the picture with a target each. */
  readonly regions?:
    | readonly { readonly words: string; readonly prompt: string; readonly mask?: string }[]
    | undefined;
}

/** What is shown beside the result. */
export interface SeeingOptions {
  readonly compare?: string | undefined;
  readonly saveMaps?: string | undefined;
  readonly mapsEvery?: number | undefined;
  readonly saveLatents?: string | undefined;
  readonly live?: string | undefined;
  readonly liveEvery?: number | undefined;
  readonly liveVae?: string | undefined;
}

/** What of the input a result is made of, beside the edit. */
export interface MountOptions {
  /** The edit is put into the originals, at their own size. */
  readonly fullSize?: boolean | undefined;
  /** The frames before and after those that are edited are in the result too. */
  readonly keepRest?: boolean | undefined;
}

/** What is optimised of an inversion's unconditional branch. */
export interface NullTextOptions {
  /** Iterations a step at most. */
  readonly nullText?: number | undefined;
  readonly nullTextGuidance?: number | undefined;
  readonly nullTextPerFrame?: boolean | undefined;
}
