import type { PredictionType } from "../checkpoint/index.ts";
import type { MaskMode, PresetName } from "../edit/index.ts";
import type { FrameList } from "../frame-list.ts";
import type { Scenes } from "../pipeline/index.ts";
import type { Amplification, CrossSteps, FusionWindow, MaskWords } from "../prompt/index.ts";

/**
 * What a person can ask for, as plain data. The compiler holds these types against the fields (check.ts), which say the
 * range, default and meaning of each.
 */

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

/** The paper's method, or one that it is compared with. */
export type EditMethod = "fatezero" | "ddim" | "sdedit" | "null-text-p2p" | "tune-a-video" | "atlas";

/** Where a clip's scenes begin. */
export interface SceneOptions {
  readonly scenes?: Scenes | undefined;
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

export interface EditRequest
  extends ClipOptions,
    ModelOptions,
    MethodOptions,
    SceneOptions,
    KnobOptions,
    HandMaskOptions,
    SeeingOptions {
  /** A video, a folder of images or a saved inversion. */
  readonly input: string;
  /** What the clip shows; a saved inversion knows it, and else the clip is described. */
  readonly source?: string | undefined;
  /** What describes the clip where there is no `source`. */
  readonly captioner?: string | undefined;
  /**
   * Not where the edit makes it, with `remove` and with `enhance`; with `regions` that of the rest, which else stays as it is.
   * Several are an edit each, of one inversion.
   */
  readonly target?: string | readonly string[] | undefined;
  /** An edit for each value; of two an edit for each pair of values. */
  readonly sweep?: readonly Sweep[] | undefined;
  readonly out: string;
  /** @default "fatezero" */
  readonly method?: EditMethod | undefined;
  /** Of what a method of comparison draws at random. */
  readonly seed?: number | undefined;
  readonly audio?: boolean | undefined;
  /** The video of a saved inversion, for its sound. */
  readonly sound?: string | undefined;
  /** One picture of a few frames in a few steps, and nothing else. */
  readonly preview?: boolean | undefined;
  /** The edit is put into the originals, at their own size. */
  readonly fullSize?: boolean | undefined;
  /** The frames before and after those that are edited are in the result too. */
  readonly keepRest?: boolean | undefined;
  readonly resume?: boolean | undefined;
}

/** What is optimised of an inversion's unconditional branch. */
export interface NullTextOptions {
  /** Iterations a step at most. */
  readonly nullText?: number | undefined;
  readonly nullTextGuidance?: number | undefined;
  readonly nullTextPerFrame?: boolean | undefined;
}

export interface InvertRequest
  extends ClipOptions,
    ModelOptions,
    MethodOptions,
    SceneOptions,
    NullTextOptions {
  readonly input: string;
  readonly source?: string | undefined;
  readonly captioner?: string | undefined;
  readonly out: string;
  readonly saveMaps?: string | undefined;
  readonly mapsEvery?: number | undefined;
  readonly resume?: boolean | undefined;
}

export interface MapsRequest extends ClipOptions, ModelOptions, MethodOptions, SceneOptions {
  readonly input: string;
  readonly source?: string | undefined;
  readonly captioner?: string | undefined;
  readonly out: string;
  readonly mapsEvery?: number | undefined;
}

/** A config of the authors' shape, with what is taken in place of its own values. */
export interface RunRequest extends ModelOptions {
  readonly config: string;
  readonly out: string;
  readonly input?: string | undefined;
  /** The video of a saved inversion, for its sound. */
  readonly sound?: string | undefined;
  readonly frames?: number | undefined;
  readonly size?: number | undefined;
  /** Models that only the config names may be downloaded. */
  readonly download?: boolean | undefined;
  readonly resume?: boolean | undefined;
}

/** Sentences to be read as an edit would read them: a pair, with or without a clip, or a file of many. */
export interface PlanRequest extends KnobOptions, ClipOptions, ModelOptions, Pick<MethodOptions, "attend"> {
  /** What would be edited: the plan then tells what that takes, too. */
  readonly input?: string | undefined;
  readonly source?: string | undefined;
  readonly target?: string | readonly string[] | undefined;
  readonly sweep?: readonly Sweep[] | undefined;
  readonly pairs?: string | undefined;
  readonly steps?: number | undefined;
}

/** A clip that a model is tuned on, and what is made of that. */
export interface TuneRequest
  extends ClipOptions,
    Omit<ModelOptions, "lora" | "embeddings" | "chunk" | "precision">,
    MethodOptions {
  readonly input: string;
  /** What the clip shows; else it is described. */
  readonly source?: string | undefined;
  readonly captioner?: string | undefined;
  /** A folder for the model, a file for changed weights; with `thenEdit` the edited video. */
  readonly out: string;
  readonly learningRate?: number | undefined;
  readonly trainModules?: readonly string[] | undefined;
  readonly rank?: number | undefined;
  readonly fullConvolutions?: boolean | undefined;
  readonly seed?: number | undefined;
  readonly classImages?: string | undefined;
  readonly classPrompt?: string | undefined;
  readonly recompute?: boolean | undefined;
  readonly holdOut?: number | undefined;
  readonly stopEarly?: number | undefined;
  readonly savedPrecision?: "fp32" | "fp16" | undefined;
  readonly delta?: boolean | undefined;
  readonly thenEdit?: string | undefined;
  readonly modelOut?: string | undefined;
  readonly samples?: string | undefined;
  readonly samplePrompts?: readonly string[] | undefined;
  readonly samplesEvery?: number | undefined;
  readonly resume?: boolean | undefined;
}

/** An edit that is measured, and what it is measured against. */
export interface EvalRequest extends Omit<ClipOptions, "size"> {
  /** What was edited. */
  readonly input: string;
  readonly edited: string;
  readonly source?: string | undefined;
  readonly target?: string | undefined;
  readonly mask?: string | undefined;
  readonly truth?: string | undefined;
  readonly report?: string | undefined;
  readonly clip?: string | undefined;
  readonly model?: string | undefined;
  readonly compat?: "fatezero" | undefined;
  readonly device?: ModelOptions["device"];
}

/** Results of several methods that people rank without knowing which is whose. */
export interface RankRequest {
  /** The folder of results. */
  readonly results: string;
  /** What people answered; without it a page for them is made. */
  readonly answers?: readonly string[] | undefined;
  readonly seed?: number | undefined;
  readonly out?: string | undefined;
}

/** Methods that are compared on clips. */
export interface Table1Request
  extends Pick<ClipOptions, "frames" | "size">,
    Pick<
      ModelOptions,
      "model" | "lora" | "vae" | "variant" | "lowMemory" | "maxMemory" | "device" | "precision"
    > {
  /** A folder of clips. */
  readonly clips: string;
  /** The authors' file of sentences. */
  readonly prompts?: string | undefined;
  readonly methods?: readonly string[] | undefined;
  readonly clip?: string | undefined;
  readonly steps?: number | undefined;
  readonly resume?: boolean | undefined;
  /** The folder of the results. */
  readonly out: string;
}

/** A clip that is described in a sentence. */
export interface DescribeRequest extends Omit<ClipOptions, "size"> {
  readonly input: string;
  /** What describes it: a captioning model, or one that lists its own sentences. */
  readonly model?: string | undefined;
  readonly beams?: number | undefined;
  readonly device?: ModelOptions["device"];
}

export interface Requests {
  readonly edit: EditRequest;
  readonly invert: InvertRequest;
  readonly maps: MapsRequest;
  readonly run: RunRequest;
  readonly plan: PlanRequest;
  readonly tune: TuneRequest;
  readonly eval: EvalRequest;
  readonly describe: DescribeRequest;
  readonly table1: Table1Request;
  readonly rank: RankRequest;
}

export type RequestKind = keyof Requests;
