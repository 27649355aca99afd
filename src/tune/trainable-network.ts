import type { Component } from "../checkpoint/index.ts";
import { inflate } from "./inflate.ts";
import type { TuneSettings } from "./options.ts";
import { trainedNames } from "./trained.ts";

/** The network that is trained: a model's UNet, inflated, the names of the weights that are trained, and of all that change. */
export interface TrainableNetwork {
  readonly unet: Component;
  readonly trained: readonly string[];
  /** Trained weights, and those that inflating the UNet added. */
  readonly changed: readonly string[];
}

/**
 * The network that a training with these settings is of.
 *
 * @throws FateZeroError `tune-module`
 */
export function trainableNetwork(
  base: Component,
  { rank, seed, compat, modules }: Pick<TuneSettings, "rank" | "seed" | "compat" | "modules">,
): TrainableNetwork {
  const unet = inflate(base, { rank, seed, randomBias: compat !== null });
  const trained = trainedNames(unet, modules);
  const added = [...unet.weights.keys()].filter((name) => !base.weights.has(name));
  return { unet, trained, changed: [...new Set([...trained, ...added])].sort() };
}
