import { frameIndices, plainUNet, trainingUNet, type UNetGraphOptions } from "../attention/index.ts";
import type { Component } from "../checkpoint/index.ts";
import { gradientName } from "../graph/index.ts";
import { type Model, openUNet } from "../pipeline/index.ts";
import type { Tokenizer } from "../prompt/index.ts";
import { type FloatTensor, floatTensor } from "../tensor/index.ts";
import { type Gradients, type TrainedParameters, valuesOf } from "./adamw.ts";
import type { TuneSettings } from "./options.ts";

/** Latents at some noise levels, and what the network should say of them. */
export interface Batch {
  /** A clip [1, F, C, h, w], or images as clips of one frame [B, 1, C, h, w], which no temporal layer sees. */
  readonly latents: FloatTensor;
  readonly isClip: boolean;
  /** Like `latents`. */
  readonly target: FloatTensor;
  /** One for each entry of the batch. */
  readonly timesteps: readonly number[];
  /** [L, D], of the one prompt of all entries. */
  readonly text: FloatTensor;
}

/** The inflated UNet that is trained. Its trained weights are fed at every run. */
export interface Network {
  /** The loss, and its gradients with respect to the weights that the batch passes through. */
  loss(
    batch: Batch,
    parameters: TrainedParameters,
    signal?: AbortSignal,
  ): Promise<{ readonly loss: number; readonly gradients: Gradients }>;
  /** Predictions [B, F, C, h, w] for a clip under each of some prompts' states [L, D]. */
  predict(
    latents: FloatTensor,
    timestep: number,
    texts: readonly FloatTensor[],
    parameters: TrainedParameters,
    signal?: AbortSignal,
  ): Promise<FloatTensor>;
}

/** The rows of a batch, one tensor after another, with an axis in front. */
function stacked(tensors: readonly FloatTensor[]): FloatTensor {
  const [{ shape }] = tensors as readonly [FloatTensor];
  const size = tensors[0]!.data.length;
  const all = floatTensor([tensors.length, ...shape]);
  for (const [i, { data }] of tensors.entries()) all.data.set(data, i * size);
  return all;
}

const repeated = <T>(value: T, times: number): T[] => Array.from({ length: times }, () => value);

/** Makes the network of `unet`, whose weights `trained` are fed. */
export function createNetwork(
  model: Pick<Model, "unetBytes" | "sessions"> & { readonly tokenizer: Pick<Tokenizer, "maxLength"> },
  unet: Component,
  trained: readonly string[],
  settings: TuneSettings,
): Network {
  const names = new Set(trained);
  const { attend, leastChannels, groupNorm, recompute, rank, seed, compat } = settings;
  const optionsOf = (isClip: boolean): UNetGraphOptions => ({
    attend: isClip ? { frames: attend, leastChannels } : { frames: [] },
    groupNorm,
    temporal: isClip,
    textLength: model.tokenizer.maxLength,
    wordMapSites: [],
    asInputs: (name) => names.has(name),
  });
  const key = JSON.stringify([trained, attend, leastChannels, groupNorm, recompute, rank, seed, compat]);
  const feedsOf = (
    { attendTo }: { readonly attendTo?: unknown },
    latents: FloatTensor,
    timesteps: readonly number[],
    texts: readonly FloatTensor[],
  ) => ({
    latents,
    timestep: floatTensor([timesteps.length], Float32Array.from(timesteps)),
    text: stacked(texts),
    ...(attendTo ? { attendTo: frameIndices(attend, latents.shape[1]!) } : {}),
  });
  return {
    async loss({ latents, isClip, target, timesteps, text }, parameters, signal) {
      const build = () => trainingUNet(unet, { ...optionsOf(isClip), checkpointing: recompute });
      const graph = await openUNet(model, `training ${isClip ? "clip" : "images"} ${key}`, build, signal);
      const feeds = feedsOf(graph.inputs, latents, timesteps, repeated(text, timesteps.length));
      const all = valuesOf(parameters);
      const weights = Object.fromEntries(graph.weights.map((name) => [name, all[name]!]));
      const { loss, ...rest } = await graph.run({ ...feeds, target }, { signal, weights });
      const gradients = new Map(graph.weights.map((name) => [name, rest[gradientName(name)]!]));
      return { loss: loss.data[0]!, gradients };
    },
    async predict(latents, timestep, texts, parameters, signal) {
      const build = () => plainUNet(unet, optionsOf(true));
      const graph = await openUNet(model, `tuned ${key}`, build, signal);
      const feeds = feedsOf(
        graph.inputs,
        stacked(repeated(latents, texts.length)),
        repeated(timestep, texts.length),
        texts,
      );
      return (await graph.run(feeds, { signal, weights: valuesOf(parameters) })).prediction;
    },
  };
}
