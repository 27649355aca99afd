import type { ModelParts } from "../checkpoint/index.ts";
import type { EditJobOptions, EditRun, GivenMasks } from "../edit/index.ts";
import type { FrameList } from "../frame-list.ts";
import type { Windowing } from "../frame-window.ts";
import type { Scenes } from "../pipeline/index.ts";
import type { PlanWarning } from "../prompt/index.ts";
import type { ClipOptions, HandMaskOptions, MountOptions } from "../request/index.ts";

/** Which frames of what are edited, and how they are cut. */
export interface ConfigClip extends Omit<ClipOptions, "start" | "stride"> {
  /** A folder of images, a video or a saved inversion, as the file names it. */
  readonly path?: string;
  /** What the clip shows. */
  readonly prompt: string;
  readonly start: number;
  readonly stride: number;
}

/** How a clip is inverted. */
export interface ConfigMethod {
  /** DDIM steps T. */
  readonly steps: number;
  readonly compat: "fatezero" | null;
  /** Absent: the default of the mode. */
  readonly attend?: FrameList;
  /** Blocks narrower than this attend within their own frame. */
  readonly leastChannels: number;
  /** Absent: cuts are looked for. */
  readonly scenes?: Scenes;
  /** Absent: as the model and the clip have it. */
  readonly window?: Windowing;
}

/** What `edit` is told, less what belongs to a run of the program. */
export type EditKnobs = Omit<EditJobOptions, keyof EditRun | keyof GivenMasks>;

/** One of a config's prompts. */
export interface ConfigEdit {
  readonly knobs: EditKnobs;
  /** What the authors' code would silently ignore. */
  readonly warnings: readonly PlanWarning[];
}

/** What is tuned on the clip before the edits (train_tune_a_video.py). */
export interface ConfigTuning {
  readonly steps: number;
  readonly learningRate: number;
  /** What the names of the tuned modules end with. Absent: the released code's own choice. */
  readonly train?: readonly string[];
  /** Whether the temporal convolutions are tuned too. */
  readonly temporalConv: boolean;
  /** Rank of the temporal convolutions; absent: full ones. */
  readonly rank?: number;
  /** A folder of images of other things of the clip's kind, as the file names it, and what they show. */
  readonly classImages?: { readonly path: string; readonly prompt: string };
  readonly seed: number;
  /** Whether blocks are computed again for their gradients, instead of kept. */
  readonly recompute: boolean;
  readonly maxGradNorm: number;
  readonly adam: {
    readonly beta1: number;
    readonly beta2: number;
    readonly epsilon: number;
    readonly weightDecay: number;
  };
  /** Tuned as the released code does, unless the file leaves its mode: also where its prompts are edited in this program's way. */
  readonly compat: "fatezero" | null;
}

/** A config in this program's terms: one clip, one inversion, an edit per prompt. */
export interface RunConfig {
  /** As the file names it: a folder or the name of a model. */
  readonly model?: string;
  /** What is added to the model; files as the config names them. */
  readonly parts?: ModelParts;
  /** Whether weights stay in their files. */
  readonly lowMemory?: boolean;
  /** Absent: nothing is tuned, the model is edited with as it is. */
  readonly tuning?: ConfigTuning;
  readonly clip: ConfigClip;
  readonly method: ConfigMethod;
  readonly edits: readonly ConfigEdit[];
  /** Masks that a person gives for all of them; files as the config names them. */
  readonly masks?: HandMaskOptions;
  /** What of the input the results are made of, beside the edits. Absent: nothing. */
  readonly mounted?: MountOptions;
  /** Name of the result, whose extension says the format; for a single prompt only. */
  readonly output?: string;
  /** Whether the sound of a video is kept. */
  readonly audio: boolean;
}

/** What the authors' code takes where a config is silent (p2p_validation_loop.py, dataset.py). */
export const RELEASED_DEFAULTS = {
  ...{ steps: 20, guidance: 7, frames: 8, size: 512 },
  attend: [-1, "first"],
} as const;

/** The same of tuning (train_tune_a_video.py); the seed is random there. */
export const TUNING_DEFAULTS = {
  ...{ steps: 300, learningRate: 3e-5, maxGradNorm: 1, seed: 0 },
  adam: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 1e-2 },
} as const;
