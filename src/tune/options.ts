import { FateZeroError } from "../errors.ts";
import type { FrameList } from "../frame-list.ts";
import type { GroupNormScope } from "../model/index.ts";
import { checkNumber, type Model } from "../pipeline/index.ts";
import type { StateStore } from "../resume/index.ts";
import type { Frame } from "../video/index.ts";
import { ADAMW, type AdamWOptions } from "./adamw.ts";
import { TRAINED } from "./trained.ts";

/** Pictures of the kind of thing that is tuned on, which keep the model from forgetting all others of it. */
export interface ClassImages {
  /** Decoded pictures. In compat mode of the clip's working size or another that the model takes, all alike; else any. */
  readonly images: readonly Frame[];
  /** What they show, such as "a photo of a car". */
  readonly prompt: string;
}

/** Clips that are drawn with the weights as they are on the way. */
export interface SampleOptions {
  readonly prompts: readonly string[];
  /** Steps of training between two samples. @default 50 */
  readonly every?: number;
}

export interface TuneOptions {
  /** What the video shows. */
  readonly prompt: string;
  /** Updates of the weights. @default 100 (paper App. A) */
  readonly steps?: number;
  /** @default the model's own (`fatezero.json`), else 3e-5 */
  readonly learningRate?: number;
  /** AdamW's other numbers. @default 0.9, 0.999, 1e-8, weight decay 0.01, gradients clipped to a norm of 1 */
  readonly adamw?: Partial<Omit<AdamWOptions, "learningRate">>;
  /** Endings of the names of modules that are trained. @default attn_temporal, .to_q, conv_temporal */
  readonly trainModules?: readonly string[];
  /** Rank of the temporal convolutions that an image model is given; "full" are whole ones. @default 160 */
  readonly rank?: number | "full";
  /** Frames that each frame's self-attention looks at. @default [-1, "first"], as Tune-A-Video */
  readonly attend?: FrameList;
  /** Blocks narrower than this attend within their own frame. @default 0 */
  readonly leastChannels?: number;
  /** @default "frame"; "clip" in compat mode */
  readonly groupNorm?: GroupNormScope;
  /** Pixels of the shorter side; in compat mode of both sides. @default the model's own size */
  readonly size?: number;
  /** @default none */
  readonly classImages?: ClassImages;
  /** Everything that is drawn at random follows from it. @default 0 */
  readonly seed?: number;
  /** Noise levels that training never sees, to measure the loss on. @default 4; 0 in compat mode */
  readonly holdOut?: number;
  /** Steps between two such measurements. @default 10 */
  readonly measureEvery?: number;
  /** Ends the training when so many measurements in a row were no better than the best, whose weights are the result. @default never */
  readonly stopEarly?: number;
  /** Compute each block's activations again in the backward pass instead of keeping them: less memory, more time. @default false */
  readonly recompute?: boolean;
  /** @default none */
  readonly samples?: SampleOptions;
  /** Train as the released code does, its quirks included (docs/compat.md). */
  readonly compat?: "fatezero";
  /** Keeps the state of the work: the same training goes on where an earlier one stopped, to the same bytes. @default none */
  readonly store?: StateStore;
  /** Ends the job at once when aborted. */
  readonly signal?: AbortSignal;
}

/** Everything that a training's numbers depend on, besides clip, prompt and model. */
export interface TuneSettings {
  readonly steps: number;
  readonly adamw: AdamWOptions;
  readonly modules: readonly string[];
  readonly rank: number | "full";
  readonly attend: FrameList;
  readonly leastChannels: number;
  readonly groupNorm: GroupNormScope;
  readonly seed: number;
  readonly holdOut: number;
  readonly measureEvery: number;
  readonly stopEarly: number | null;
  readonly recompute: boolean;
  readonly compat: "fatezero" | null;
}

/** The released code's default, and ours where the model names none (train_tune_a_video.py). */
const LEARNING_RATE = 3e-5;

const MOST_STEPS = 100_000;
const MOST_RANK = 4096;
const MOST_LEVELS = 50;
const MOST_CHANNELS = 1e6;

/** A whole number in a range. */
function whole(name: string, value: number, least: number, most: number): number {
  if (Number.isInteger(checkNumber(name, value, least, most))) return value;
  throw new FateZeroError("bad-option", `${name} is ${value}.`, "It must be a whole number.");
}

/**
 * The options of a training with every default filled in.
 *
 * @throws FateZeroError `bad-option`
 */
export function resolveTuning(model: Pick<Model, "checkpoint">, options: TuneOptions): TuneSettings {
  const compat = options.compat ?? null;
  const { learningRate = model.checkpoint.settings?.tuningRate ?? LEARNING_RATE, rank = 160 } = options;
  const { holdOut = compat ? 0 : 4, stopEarly } = options;
  const adamw = { ...ADAMW, learningRate, ...options.adamw };
  checkNumber("The learning rate", learningRate, 0, 1);
  for (const key of ["beta1", "beta2"] as const) checkNumber(key, adamw[key], 0, 1 - 1e-9);
  checkNumber("epsilon", adamw.epsilon, 0, 1);
  checkNumber("The weight decay", adamw.weightDecay, 0, 1);
  checkNumber("The largest norm of the gradients", adamw.maxGradNorm, 0, Number.POSITIVE_INFINITY);
  if (stopEarly !== undefined && holdOut === 0) {
    throw new FateZeroError(
      "bad-option",
      "Training can stop early only by a loss that is measured on noise levels held out, and none are.",
      "Hold out some, or do not stop early.",
    );
  }
  return {
    steps: whole("The number of steps", options.steps ?? 100, 1, MOST_STEPS),
    adamw,
    modules: options.trainModules ?? TRAINED,
    rank: rank === "full" ? rank : whole("The rank", rank, 1, MOST_RANK),
    attend: options.attend ?? [-1, "first"],
    leastChannels: checkNumber("The least number of channels", options.leastChannels ?? 0, 0, MOST_CHANNELS),
    groupNorm: options.groupNorm ?? (compat ? "clip" : "frame"),
    seed: whole("The seed", options.seed ?? 0, 0, Number.MAX_SAFE_INTEGER),
    holdOut: whole("The number of held-out noise levels", holdOut, 0, MOST_LEVELS),
    measureEvery: whole("Steps between measurements", options.measureEvery ?? 10, 1, MOST_STEPS),
    stopEarly: stopEarly === undefined ? null : whole("Stopping early", stopEarly, 1, MOST_STEPS),
    recompute: options.recompute ?? false,
    compat,
  };
}
