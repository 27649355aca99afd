import { FateZeroError } from "../../errors.ts";
import type { ClipFlow } from "../../metrics/index.ts";
import { checkNumber } from "../../pipeline/index.ts";
import type { StateStore } from "../../resume/index.ts";
import type { FloatTensor } from "../../tensor/index.ts";
import type { GivenFrame } from "../../video/index.ts";
import type { AtlasTerm } from "./objective.ts";

/** How large a network is. */
export interface AtlasNetworkSize {
  /** Units of a hidden layer. */
  readonly width: number;
  /** Layers with the last one. */
  readonly layers: number;
}

export interface AtlasNetworks {
  readonly foreground: AtlasNetworkSize;
  readonly background: AtlasNetworkSize;
  readonly alpha: AtlasNetworkSize;
  readonly atlas: AtlasNetworkSize;
}

export interface AtlasOptions {
  /**
   * Where the object is: a tensor [frames, h, w] of 0…1 (word maps, say), or pictures, white on black; of any size. Soft
   * values are taken as they are. Without one nothing but sparsity and flow tells the object from what is behind it.
   * @default none
   */
  readonly mask?: FloatTensor | readonly GivenFrame[];
  /** Updates of the networks. @default 2000 (paper: 400000) */
  readonly iterations?: number;
  /** Pixels drawn for each update. @default 150 (paper: 10000) */
  readonly samples?: number;
  /** Of Adam, at the beginning. @default 0.01 (paper: 1e-4) */
  readonly learningRate?: number;
  /** Share of the learning rate that is left at the end. @default 0.02 (paper: 1) */
  readonly decay?: number;
  /** Updates before these, which bring the mappings to the identity (appendix A) and alpha to the mask. @default 100 (paper: 100 for each frame) */
  readonly pretraining?: number;
  /** Share of the updates after which the mask no longer counts. @default 1 (paper: 1/40) */
  readonly bootstrapUntil?: number;
  /** Share of the updates after which global rigidity no longer counts. @default 0.25 (paper: 1/80) */
  readonly globalRigidityUntil?: number;
  /** Weights of the terms of the loss. @default those of the paper, see `ATLAS_WEIGHTS` */
  readonly weights?: Partial<Readonly<Record<AtlasTerm, number>>>;
  /** Hidden units and layers of the networks. @default see docs/atlas.md */
  readonly networks?: Partial<AtlasNetworks>;
  /**
   * Frequencies of the positional encodings: of alpha's (x, y, t), of the mappings' t, of places in the atlas.
   * @default 5 of alpha; as many as motion to and fro within four frames needs; as many as four pixels need (paper: 5, 0, 10)
   */
  readonly frequencies?: { readonly alpha?: number; readonly time?: number; readonly atlas?: number };
  /** Places in a layer per place in the picture: below 1 it can hold more than the picture. @default 0.8, as the paper */
  readonly scale?: number;
  /** Everything that is drawn at random follows from it. @default 0 */
  readonly seed?: number;
  /** The clip's motion, where it is known already. @default computed by `clipFlow` */
  readonly flow?: ClipFlow;
  /** Keeps the state of the work: the same job goes on where an earlier one stopped, with the same numbers. @default none */
  readonly store?: StateStore;
  /** Ends the job at once when aborted. */
  readonly signal?: AbortSignal;
}

/** An atlas' options as they are taken, all resolved. */
export interface AtlasSettings {
  readonly iterations: number;
  readonly samples: number;
  readonly learningRate: number;
  readonly decay: number;
  readonly pretraining: number;
  readonly bootstrapUntil: number;
  readonly globalRigidityUntil: number;
  readonly weights: Readonly<Record<AtlasTerm, number>>;
  readonly networks: AtlasNetworks;
  readonly frequencies: { readonly alpha: number; readonly time: number; readonly atlas: number };
  readonly scale: number;
  readonly seed: number;
}

/** Weights of the terms of the loss (Kasten et al. 2021, appendix A, and their code). */
export const ATLAS_WEIGHTS: Readonly<Record<AtlasTerm, number>> = {
  color: 5000,
  gradient: 1000,
  flow: 5,
  alphaFlow: 49,
  rigidity: 1,
  sparsity: 1000,
  bootstrap: 2000,
  globalForeground: 5,
  globalBackground: 50,
};

const SIZES: AtlasNetworks = {
  foreground: { width: 64, layers: 4 },
  background: { width: 64, layers: 4 },
  alpha: { width: 64, layers: 4 },
  atlas: { width: 96, layers: 5 },
};

/** The paper's own sizes and numbers of steps: hours on a GPU. */
export const PAPER_ATLAS = {
  iterations: 400_000,
  samples: 10_000,
  learningRate: 1e-4,
  decay: 1,
  bootstrapUntil: 1 / 40,
  globalRigidityUntil: 1 / 80,
  networks: {
    foreground: { width: 256, layers: 6 },
    background: { width: 256, layers: 4 },
    alpha: { width: 256, layers: 8 },
    atlas: { width: 256, layers: 8 },
  },
  frequencies: { alpha: 5, time: 0, atlas: 10 },
} satisfies AtlasOptions;

/** As many frequencies as waves of four pixels need: 10 for the paper's pictures of 768 pixels. */
function usualFrequencies(side: number): number {
  return Math.max(1, Math.floor(Math.log2(side / 1.5)) + 1);
}

/** As many as waves of four frames need. */
function timeFrequencies(frames: number): number {
  return Math.max(0, Math.floor(Math.log2(frames / 4)) + 1);
}

function checkCount(name: string, value: number, least: number): void {
  if (!(Number.isInteger(value) && value >= least && value <= 1e9))
    throw new FateZeroError(
      "bad-option",
      `${name} is ${value}.`,
      `It must be a whole number from ${least} up.`,
    );
}

function checkSize(name: string, { width, layers }: AtlasNetworkSize): void {
  checkCount(`The width of the ${name} network`, width, 1);
  checkCount(`The number of layers of the ${name} network`, layers, 2);
}

/** The options with what is not given, for so many frames of so many pixels at the longer side. Throws FateZeroError `bad-option`. */
export function resolveAtlas(
  options: AtlasOptions,
  { frames, side }: { readonly frames: number; readonly side: number },
): AtlasSettings {
  const { iterations = 2000, samples = 150, learningRate = 0.01, decay = 0.02, pretraining = 100 } = options;
  const { bootstrapUntil = 1, globalRigidityUntil = 0.25, scale = 0.8, seed = 0 } = options;
  const networks = { ...SIZES, ...options.networks };
  const usual = { alpha: 5, time: timeFrequencies(frames), atlas: usualFrequencies(side) };
  const frequencies = { ...usual, ...options.frequencies };
  const given = { ...ATLAS_WEIGHTS, ...options.weights };
  const weights = options.mask ? given : { ...given, bootstrap: 0 };
  checkCount("The number of iterations", iterations, 1);
  checkCount("The number of samples", samples, 1);
  checkCount("The number of iterations of pre-training", pretraining, 0);
  checkNumber("The learning rate", learningRate, Number.MIN_VALUE, Number.MAX_VALUE);
  checkNumber("The decay of the learning rate", decay, 1e-9, 1);
  checkNumber("The share of iterations with the mask", bootstrapUntil, 0, 1);
  checkNumber("The share of iterations with global rigidity", globalRigidityUntil, 0, 1);
  checkNumber("The scale of the mapping", scale, 0.01, 0.95);
  for (const [name, size] of Object.entries(networks)) checkSize(name, size);
  for (const [name, count] of Object.entries(frequencies))
    checkCount(`The number of frequencies of ${name}`, count, name === "time" ? 0 : 1);
  for (const [name, weight] of Object.entries(weights)) checkNumber(`The weight of ${name}`, weight, 0, 1e9);
  if (!Number.isSafeInteger(seed))
    throw new FateZeroError("bad-option", `The seed is ${seed}.`, "It must be a whole number.");
  return {
    ...{ iterations, samples, learningRate, decay, pretraining, bootstrapUntil, globalRigidityUntil },
    ...{ weights, networks, frequencies, scale, seed },
  };
}
