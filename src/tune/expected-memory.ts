import { plainUNet, trainingUNet } from "../attention/index.ts";
import { liveBytes } from "../graph/index.ts";
import { vaeGraphs } from "../model/index.ts";
import { imagesPerRun, isLarge, type Model, openBytes } from "../pipeline/index.ts";
import type { MemoryMode } from "../runtime/index.ts";
import { sizeOf } from "../tensor/index.ts";
import type { TuneSettings } from "./options.ts";
import { trainableNetwork } from "./trainable-network.ts";

/** What a training works on. */
export interface TuningTerms {
  readonly frames: number;
  /** Pixels at which the model works. */
  readonly width: number;
  readonly height: number;
  readonly settings: TuneSettings;
}

/** Node, ONNX Runtime and this program, in both processes. */
const PROGRAM_BYTES = 300e6;
/**
 * ONNX Runtime asks the system for more than is alive at a time, and keeps it (`npm run bench:tune`); where blocks are computed
 * again much is held shortly, in many sizes.
 */
const ARENA = { kept: 2.3, recomputed: 3.3, forward: 2.1 } as const;
/** Copies of each trained weight: its value, its two averages, its gradient on the way, and the same in the other process. */
const COPIES = 7;

/**
 * Bytes of memory that a training takes at its highest, both processes together, by the shapes of its graphs. A rough
 * figure (`npm run bench:tune`). Nothing is computed.
 *
 * @throws FateZeroError `tune-module`
 */
export function expectedTuningMemory(
  model: Model,
  { frames, width, height, settings }: TuningTerms,
  memory: MemoryMode = model.engine.memory,
): number {
  const { attend, leastChannels, groupNorm, recompute, holdOut } = settings;
  const { unet, trained: names } = trainableNetwork(model.checkpoint.unet, settings);
  const trained = new Set(names);
  const bytesOf = (names: Iterable<string>): number =>
    [...names].reduce((sum, name) => sum + 4 * sizeOf(unet.weights.get(name)!.shape), 0);
  const options = {
    ...{ attend: { frames: attend, leastChannels }, groupNorm, temporal: true, wordMapSites: [] },
    ...{ textLength: model.tokenizer.maxLength, asInputs: (name: string) => trained.has(name) },
  };
  const levels = 2 ** (model.unet.channels.length - 1);
  const [h, w] = [height / model.vae.downscale, width / model.vae.downscale];
  const sizes = { frames, height: h / levels, width: w / levels, branches: 1 };
  const training =
    ARENA[recompute ? "recomputed" : "kept"] *
    liveBytes(trainingUNet(unet, { ...options, checkpointing: recompute }), sizes);
  const measuring = holdOut > 0 ? ARENA.forward * liveBytes(plainUNet(unet, options), sizes) : 0;
  const images = { images: Math.min(frames, imagesPerRun(width, height)), height: h, width: w };
  const encoding = ARENA.forward * liveBytes(vaeGraphs(model.checkpoint.vae).encoder, images);
  const { open: weights, opening } = openBytes(unet, memory, model.engine);
  const one = Math.max(opening, weights + training);
  // A small network is open twice: to train it, and to measure it.
  const both = holdOut > 0 && !isLarge(model.unetBytes) ? one + weights + measuring : one;
  return PROGRAM_BYTES + encoding + COPIES * bytesOf(trained) + both;
}
