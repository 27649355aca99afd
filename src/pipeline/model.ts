import type { Checkpoint } from "../checkpoint/index.ts";
import {
  clipTextGraph,
  textFeeds,
  type UNetConfig,
  unetConfig,
  type VaeConfig,
  type VaeDecoderGraph,
  type VaeEncoderGraph,
  vaeConfig,
  vaeGraphs,
} from "../model/index.ts";
import type { Tokenizer } from "../prompt/index.ts";
import type { Engine } from "../runtime/index.ts";
import { type FloatTensor, sizeOf, slice0 } from "../tensor/index.ts";
import { checkParts } from "./check-parts.ts";
import { createSessionCache, type OpenGraph, type SessionCache, type SessionTimes } from "./sessions.ts";
import { tokenizersOf } from "./tokenizers.ts";

/**
 * Frames of a clip that the UNet computes at a time: as many as were found best, or so many. The result is the same; it
 * takes less memory with fewer.
 */
export type Chunk = number | "auto";

/** A checkpoint that is ready to compute. Several jobs may use it at a time: their runs take turns. */
export interface Model extends AsyncDisposable {
  readonly name: string;
  /** @internal */
  readonly checkpoint: Checkpoint;
  readonly tokenizer: Tokenizer;
  /** @internal */
  readonly unet: UNetConfig;
  /** @internal */
  readonly vae: VaeConfig;
  /** Whether it is a UNet inflated and tuned on a clip. */
  readonly tuned: boolean;
  /** Frames that it was tuned on together; 0 where that is not known. @internal */
  readonly tunedFrames: number;
  /** Pixels of the shorter side that the model was trained at. */
  readonly size: number;
  /** Frame sides must be multiples of this many pixels. */
  readonly sizeMultiple: number;
  /** Tells checkpoints apart: a hash of configurations, weight tables and samples of the weights. */
  readonly fingerprint: string;
  /** Frames that the UNet computes at a time; a few more come along that they attend to. */
  readonly chunk: Chunk;
  /** @internal */
  readonly sessions: SessionCache;
  /** @internal */
  readonly engine: Engine;
  /** @internal */
  readonly times: SessionTimes;
  /** Bytes that the UNet's weights take as float32. @internal */
  readonly unetBytes: number;
  /** Text states [L, width] of padded token ids. */
  encodeText(ids: readonly number[], signal?: AbortSignal): Promise<FloatTensor>;
  /** The halves of the VAE, opened at the first call. @internal */
  openEncoder(signal?: AbortSignal): Promise<OpenGraph<VaeEncoderGraph>>;
  /** @internal */
  openDecoder(signal?: AbortSignal): Promise<OpenGraph<VaeDecoderGraph>>;
  /** Ends the process that computes, and with it what jobs have under way. The model can be used again afterwards. */
  close(): Promise<void>;
}

/** What the numbers that a model computes hang on, as parts of a key: its weights, and half precision where it computes in that. */
export const numbersOf = ({
  fingerprint,
  engine,
}: Pick<Model, "fingerprint" | "engine">): readonly string[] =>
  engine.lowering.precision === "fp16" ? [fingerprint, "fp16"] : [fingerprint];

/** What planning an edit needs of a model: its words, and what its folder says of presets. Nothing is computed. */
export interface PlanningModel extends Pick<Model, "tokenizer"> {
  /** @internal */
  readonly checkpoint: Pick<Checkpoint, "settings">;
}

/**
 * Makes a model of an open checkpoint and of the engine that computes it; `fingerprint` tells checkpoints apart. Throws
 * FateZeroError `model-unsupported`, `checkpoint-mismatch` and what else does not fit.
 */
export function createModel(
  checkpoint: Checkpoint,
  engine: Engine,
  fingerprint: string,
  chunk: Chunk = "auto",
): Model {
  const times: SessionTimes = { build: 0, load: 0 };
  const sessions = createSessionCache(engine, times);
  const unet = unetConfig(checkpoint.unet);
  const vae = vaeConfig(checkpoint.vae);
  checkParts(checkpoint, unet, vae);
  const weights = [...checkpoint.unet.weights];
  const { embeddings = [], textEncoder } = checkpoint;
  const { own, all } = tokenizersOf(checkpoint);
  return {
    name: checkpoint.name,
    checkpoint,
    tokenizer: all,
    unet,
    vae,
    tuned: weights.some(([name]) => name.includes("_temporal.")),
    tunedFrames: checkpoint.settings?.tuned?.frames ?? 0,
    size: checkpoint.settings?.size ?? unet.sampleSize * vae.downscale,
    sizeMultiple: vae.downscale * 2 ** (unet.channels.length - 1),
    fingerprint,
    chunk,
    sessions,
    engine,
    times,
    unetBytes: weights.reduce((sum, [, { shape }]) => sum + 4 * sizeOf(shape), 0),
    async encodeText(ids, signal) {
      const graph = await sessions.open("text", () => clipTextGraph(textEncoder, embeddings), signal);
      const { states } = await graph.run(textFeeds(graph, [ids], own.vocabSize), { signal });
      return { ...slice0(states, 0, 1), shape: states.shape.slice(1) };
    },
    openEncoder: (signal) => sessions.open("vae encoder", () => vaeGraphs(checkpoint.vae).encoder, signal),
    openDecoder: (signal) => sessions.open("vae decoder", () => vaeGraphs(checkpoint.vae).decoder, signal),
    close: () => engine.close(),
    [Symbol.asyncDispose]: () => engine.close(),
  };
}
