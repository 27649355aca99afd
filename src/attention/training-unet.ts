import type { Component } from "../checkpoint/index.ts";
import {
  type GradientName,
  type Graph,
  inputs,
  mean,
  mul,
  mulDims,
  type Port,
  reshape,
  sub,
  symbol,
  type Value,
  withGradients,
} from "../graph/index.ts";
import { plainAttention } from "./plain.ts";
import { buildUNet, type UNetGraphOptions, type UNetPorts, unetPorts } from "./unet-graphs.ts";
import { wordMapRecorder } from "./word-maps.ts";

/** `target` is like `latents`: what the prediction should be. */
export type TrainingPorts = UNetPorts & { readonly target: Port<"float32"> };

/** `loss`, the mean squared error, and its gradient with respect to each weight that is fed. */
export type TrainingUNet = Graph<
  TrainingPorts,
  { readonly prediction: Value; readonly loss: Value; readonly [gradient: GradientName]: Value }
>;

export interface TrainingOptions extends UNetGraphOptions {
  /**
   * Compute each block's activations again in the backward pass instead of keeping them: more time, less memory.
   * @default false
   */
  readonly checkpointing?: boolean;
}

/** The UNet with its loss and the gradients by which the weights that `asInputs` names are trained. */
export function trainingUNet(component: Component, options: TrainingOptions): TrainingUNet {
  const ports = unetPorts(component, options, symbol("branches"));
  const { prediction, weights, blocks } = buildUNet(component, options, ports, (context) =>
    plainAttention(context, wordMapRecorder([])),
  );
  const added = { target: ports.latents };
  const error = sub(prediction, inputs(added).target);
  const loss = mean(reshape(mul(error, error), [mulDims(...error.shape)]), 0);
  const graph = { inputs: { ...ports, ...added }, outputs: { prediction, loss }, weights };
  return withGradients(graph, "loss", Object.keys(weights), { borders: options.checkpointing ? blocks : [] });
}
