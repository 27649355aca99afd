import type {
  ClipOptions,
  HandMaskOptions,
  KnobOptions,
  MethodOptions,
  ModelOptions,
  MountOptions,
  NullTextOptions,
  SceneOptions,
  SeeingOptions,
  Sweep,
  WindowOptions,
} from "./options.ts";

/**
 * What a person can ask for, as plain data. The compiler holds these types against the fields (check.ts), which say the
 * range, default and meaning of each.
 */

/** The paper's method, or one that it is compared with. */
export type EditMethod = "fatezero" | "ddim" | "sdedit" | "null-text-p2p" | "tune-a-video" | "atlas";

export interface EditRequest
  extends ClipOptions,
    ModelOptions,
    MethodOptions,
    SceneOptions,
    WindowOptions,
    KnobOptions,
    HandMaskOptions,
    MountOptions,
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
  readonly resume?: boolean | undefined;
}

export interface InvertRequest
  extends ClipOptions,
    ModelOptions,
    MethodOptions,
    SceneOptions,
    WindowOptions,
    NullTextOptions {
  readonly input: string;
  readonly source?: string | undefined;
  readonly captioner?: string | undefined;
  readonly out: string;
  readonly saveMaps?: string | undefined;
  readonly mapsEvery?: number | undefined;
  readonly resume?: boolean | undefined;
}

export interface MapsRequest extends ClipOptions, ModelOptions, MethodOptions, SceneOptions, WindowOptions {
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
export interface PlanRequest
  extends KnobOptions,
    ClipOptions,
    ModelOptions,
    WindowOptions,
    Pick<MethodOptions, "attend"> {
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
