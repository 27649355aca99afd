import type { Component } from "../checkpoint/index.ts";
import {
  type Graph,
  inputs,
  mean,
  mul,
  type Port,
  port,
  productOf,
  reshape,
  sub,
  sum,
  type Value,
  type WithGradients,
  withGradients,
} from "../graph/index.ts";
import { plainAttention } from "./plain.ts";
import { buildUNet, type UNetGraphOptions, type UNetPorts, unetPorts } from "./unet-graphs.ts";
import { wordMapRecorder } from "./word-maps.ts";

/**
 * `share` is one number; `wanted` is like `latents`: what `share` times the prediction should be. `counts` [frames]: 1 for
 * frames whose error counts, 0 for those that are only looked at.
 */
export type NullTextPorts = UNetPorts & {
  readonly share: Port<"float32">;
  readonly wanted: Port<"float32">;
  readonly counts?: Port<"float32">;
};

/**
 * `losses` [texts]: the mean squared error of what each text draws, the clip or one of its frames, and of some frames of a clip
 * that of each [frames]; the gradient of their sum with respect to `text`.
 */
export type NullTextUNet = WithGradients<
  Graph<NullTextPorts, { readonly prediction: Value; readonly losses: Value }>,
  "text"
>;

/**
 * The UNet of one branch with what null-text inversion descends (Mokady et al. 2022, Eq. 3). With guidance a DDIM step is
 * linear in the unconditional prediction u, and so is what is left of it: ‖share·u − wanted‖². With `checkpointing`
 * blocks are computed again in the backward pass: more time, less memory. `some`: it is for frames of a clip, of which not all count.
 */
export function nullTextUNet(
  component: Component,
  options: UNetGraphOptions,
  { checkpointing, some = false }: { readonly checkpointing: boolean; readonly some?: boolean },
): NullTextUNet {
  const ports = unetPorts(component, options, 1);
  const { prediction, weights, blocks } = buildUNet(component, options, ports, (context) =>
    plainAttention(context, wordMapRecorder([])),
  );
  const own = some ? { counts: port([ports.latents.shape[1]!]) } : {};
  const added: Omit<NullTextPorts, keyof UNetPorts> = { share: port([]), wanted: ports.latents, ...own };
  const { share, wanted, counts } = inputs(added);
  const error = sub(mul(share, prediction), wanted);
  const [branches, frames, ...rest] = error.shape;
  const isEach = options.textPerFrame || counts;
  const texts = isEach ? frames! : branches!;
  const each = isEach ? productOf(rest) : productOf([frames!, ...rest]);
  const errors = mean(reshape(mul(error, error), [texts, each]), 1);
  const losses = counts ? mul(errors, counts) : errors;
  const graph = {
    inputs: { ...ports, ...added },
    outputs: { prediction, losses, loss: sum(losses, 0) },
    weights,
  };
  const { outputs, ...differentiated } = withGradients(graph, "loss", ["text"], {
    borders: checkpointing ? blocks : [],
  });
  const { loss: _, ...given } = outputs;
  return { ...differentiated, outputs: given };
}
