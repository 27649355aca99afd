import { type Checkpoint, type OpenOptions, openCheckpoint } from "../checkpoint/index.ts";
import type { Value } from "../graph/index.ts";
import {
  clipTextConfig,
  clipTextGraph,
  textFeeds,
  type UNetConfig,
  unetConfig,
  type VaeConfig,
  vaeConfig,
  vaeGraphs,
} from "../model/index.ts";
import { createTokenizer, type Tokenizer, withWords } from "../prompt/index.ts";
import { createEngine, type Engine, type EngineOptions } from "../runtime/index.ts";
import { type FloatTensor, sizeOf, slice0 } from "../tensor/index.ts";
import { checkConfigs } from "./check-configs.ts";
import { checkParts } from "./check-parts.ts";
import { fingerprintOf } from "./fingerprint.node.ts";
import { earlierVersions, modelVersion } from "./model-version.ts";
import { createSessionCache, type OpenGraph, type SessionCache, type SessionTimes } from "./sessions.ts";

/** A checkpoint that is ready to compute. */
export interface Model {
  readonly name: string;
  readonly checkpoint: Checkpoint;
  readonly tokenizer: Tokenizer;
  readonly unet: UNetConfig;
  readonly vae: VaeConfig;
  /** Whether it is a UNet inflated and tuned on a clip. */
  readonly tuned: boolean;
  /** Pixels of the shorter side that the model was trained at. */
  readonly size: number;
  /** Frame sides must be multiples of this many pixels. */
  readonly sizeMultiple: number;
  /** Tells checkpoints apart: a hash of configurations, weight tables and samples of the weights. */
  readonly fingerprint: string;
  readonly sessions: SessionCache;
  readonly engine: Engine;
  readonly times: SessionTimes;
  /** Bytes that the UNet's weights take as float32. */
  readonly unetBytes: number;
  /** Text states [L, width] of padded token ids. */
  encodeText(ids: readonly number[], signal?: AbortSignal): Promise<FloatTensor>;
  /** Encoder `images` → `mean`, or decoder `latents` → `images`. */
  openVae(half: "encoder" | "decoder", signal?: AbortSignal): Promise<OpenGraph>;
  /** Ends the process that computes. The model can be used again afterwards. */
  close(): Promise<void>;
}

/** Makes a model of a checkpoint that is already open. */
export async function modelFromCheckpoint(
  checkpoint: Checkpoint,
  options: EngineOptions = {},
): Promise<Model> {
  const engine = createEngine(options);
  const times: SessionTimes = { build: 0, load: 0 };
  const sessions = createSessionCache(engine, times);
  const unet = unetConfig(checkpoint.unet);
  const vae = vaeConfig(checkpoint.vae);
  checkParts(checkpoint, unet, vae);
  modelVersion(checkpoint.settings);
  earlierVersions(checkpoint.settings);
  const weights = [...checkpoint.unet.weights];
  const { embeddings = [], textEncoder } = checkpoint;
  const { length: maxLength } = clipTextConfig(textEncoder);
  const ownTokenizer = createTokenizer({ ...checkpoint.tokenizer, maxLength });
  const words = embeddings.map(({ word, vectors }) => ({ word, tokens: vectors.shape[0]! }));
  const ownSize = checkpoint.settings?.size;
  return {
    name: checkpoint.name,
    checkpoint,
    tokenizer: withWords(ownTokenizer, words),
    unet,
    vae,
    tuned: weights.some(([name]) => name.includes("_temporal.")),
    size: typeof ownSize === "number" ? ownSize : unet.sampleSize * vae.downscale,
    sizeMultiple: vae.downscale * 2 ** (unet.channels.length - 1),
    fingerprint: await fingerprintOf(checkpoint),
    sessions,
    engine,
    times,
    unetBytes: weights.reduce((sum, [, { shape }]) => sum + 4 * sizeOf(shape), 0),
    async encodeText(ids, signal) {
      const build = (): Readonly<Record<string, Value>> => ({ ...clipTextGraph(textEncoder, embeddings) });
      const graph = await sessions.open("text", build, signal);
      const { states } = await graph.run({ ...textFeeds([ids], ownTokenizer.vocabSize) }, signal);
      return { ...slice0(states!, 0, 1), shape: states!.shape.slice(1) };
    },
    openVae: (half, signal) =>
      sessions.open(`vae ${half}`, () => ({ ...vaeGraphs(checkpoint.vae)[half] }), signal),
    close: () => engine.close(),
  };
}

/** How a model is put together, and how it is computed. */
export interface LoadOptions extends Omit<OpenOptions, "check">, EngineOptions {}

/**
 * Loads a model: `"tinytown"`, which ships with the package; the path of a Stable Diffusion 1.x/2.x folder in the
 * diffusers layout; a single `.safetensors` or `.ckpt` file; or a hub id like `"CompVis/stable-diffusion-v1-4"`, which is
 * downloaded into the Hugging Face cache. Weights stay in their files. Throws FateZeroError naming what is missing or does
 * not fit.
 *
 * @example
 * const model = await loadModel("tinytown");
 * const styled = await loadModel("sd15.safetensors", { lora: [{ path: "ink.safetensors", scale: 0.8 }] });
 */
export async function loadModel(name: string, options: LoadOptions = {}): Promise<Model> {
  const { threads, memory, ...open } = options;
  const engine = {
    ...(threads === undefined ? {} : { threads }),
    ...(memory === undefined ? {} : { memory }),
  };
  return modelFromCheckpoint(
    await openCheckpoint(name, { ...open, check: checkConfigs(name, "pipeline") }),
    engine,
  );
}
