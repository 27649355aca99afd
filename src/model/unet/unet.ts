import {
  concat,
  constant,
  cos,
  expand,
  mul,
  mulDims,
  reshape,
  silu,
  sin,
  upsample2x,
  type Value,
} from "../../graph/index.ts";
import { linearLayer } from "../layers.ts";
import type { Params } from "../params.ts";
import { alike, branchesOf } from "./branches.ts";
import type { UNetConfig } from "./config.ts";
import type { UNetContext } from "./context.ts";
import { blockNorm, resnetBlock } from "./resnet.ts";
import { blockLayout } from "./sites.ts";
import { pseudoConv } from "./temporal.ts";
import { transformer } from "./transformer.ts";

/** Sinusoidal timestep features (Vaswani et al. 2017) of timestep [B] → [B, C]. */
function timestepFeatures(config: UNetConfig, timestep: Value): Value {
  const half = config.channels[0]! / 2;
  // Rounded to float32 at every step, as the model was trained: at timestep 1000 a last digit is 1e-4 of a radian.
  const period = Math.fround(-Math.log(10000));
  const frequencies = Float32Array.from({ length: half }, (_, i) =>
    Math.exp(Math.fround(Math.fround(period * i) / (half - config.frequencyShift))),
  );
  const angles = mul(reshape(timestep, [...timestep.shape, 1]), constant([1, half], frequencies));
  return concat(config.cosineFirst ? [cos(angles), sin(angles)] : [sin(angles), cos(angles)], 1);
}

/** The time embedding of every frame, activated for the ResNet blocks: [B·F, T]. */
function timeEmbedding(context: UNetContext, config: UNetConfig, p: Params, timestep: Value): Value {
  const width = config.channels[0]! * 4;
  const hidden = silu(
    linearLayer(p.at("time_embedding.linear_1"), timestepFeatures(config, timestep), width),
  );
  const embedding = silu(linearLayer(p.at("time_embedding.linear_2"), hidden, width));
  const { frames } = context;
  const branches = timestep.shape[0]!;
  const perFrame = expand(reshape(embedding, [branches, 1, width]), [branches, frames, width]);
  return reshape(perFrame, [mulDims(branches, frames), width]);
}

/**
 * Stable Diffusion's UNet, also inflated to video (Ronneberger et al. 2015, Rombach et al. 2022, Wu et al. 2022):
 * latents [B, F, C, H, W], timestep [B], text [B, L, D] or [B·F, L, D] → prediction [B, F, C, H, W]. `B` counts the
 * branches (source, unconditional, edit), `F` the frames. The prediction is of the branches that no attention left out.
 */
export function unet(
  context: UNetContext,
  config: UNetConfig,
  p: Params,
  inputs: { readonly latents: Value; readonly timestep: Value; readonly text: Value },
): Value {
  const { latents, text } = inputs;
  const time = timeEmbedding(context, config, p, inputs.timestep);
  const { down, mid, up } = blockLayout(config);
  const { deep } = context;
  /** Levels that are computed. */
  const levels = deep?.given ? deep.level : down.length;
  const cut = (value: Value): Value => {
    context.atBlock?.(value);
    return value;
  };
  const block = (path: Params, i: number, x: Value, channels: number, attends: boolean): Value => {
    const y = cut(resnetBlock(context, config, path.at(`resnets.${i}`), x, time, channels));
    return attends ? cut(transformer(context, config, path.at(`attentions.${i}`), y, text)) : y;
  };

  const [b, f, c, h, w] = latents.shape;
  let x = reshape(latents, [mulDims(b!, f!), c!, h!, w!]);
  x = pseudoConv(context, p.at("conv_in"), x, config.channels[0]!);
  const skips = [x];
  for (const { path, level, channels, resnets, last } of down.slice(0, levels)) {
    const here = p.at(path);
    for (let i = 0; i < resnets; i++) {
      x = block(here, i, x, channels, config.attends[level]!);
      skips.push(x);
    }
    if (last || level === levels - 1) continue;
    const options = { stride: 2, padding: 1 };
    x = pseudoConv(context, here.at("downsamplers.0.conv"), x, channels, options);
    skips.push(x);
  }

  if (deep?.given) x = deep.given;
  else {
    const middle = p.at(mid.path);
    x = block(middle, 0, x, mid.channels, true);
    x = cut(resnetBlock(context, config, middle.at("resnets.1"), x, time, mid.channels));
  }

  for (const { path, level, channels, resnets, last } of up.slice(-levels)) {
    const here = p.at(path);
    for (let i = 0; i < resnets; i++)
      x = block(here, i, concat([x, alike(context, skips.pop()!, x)], 1), channels, config.attends[level]!);
    if (!last) x = pseudoConv(context, here.at("upsamplers.0.conv"), upsample2x(x), channels);
    if (level === deep?.level) deep.reached?.(x);
  }

  x = silu(blockNorm(context, config, p.at("conv_norm_out"), x));
  x = pseudoConv(context, p.at("conv_out"), x, config.outChannels);
  return reshape(x, [branchesOf(context, x), f!, config.outChannels, h!, w!]);
}
