import type { ConfigReader } from "../../checkpoint/index.ts";
import {
  add,
  attention,
  mulDims,
  reshape,
  silu,
  slice,
  transpose,
  upsample2x,
  type Value,
} from "../../graph/index.ts";
import { MAX_LATENT_CHANNELS, MAX_LAYERS, MAX_LEVELS, MAX_WIDTH } from "../../limits.ts";
import { convLayer, groupNormLayer, linearLayer } from "../layers.ts";
import type { Params } from "../params.ts";
import { IMAGE_CHANNELS, type VaeConfig } from "./config.ts";

export interface KlVaeConfig extends VaeConfig {
  readonly kind: "AutoencoderKL";
  /** Width of each resolution level, finest first. */
  readonly channels: readonly number[];
  readonly resnetsPerLevel: number;
  readonly groups: number;
  readonly quantConv: boolean;
  readonly postQuantConv: boolean;
}

export function klVaeConfig(config: ConfigReader): KlVaeConfig {
  config.only("act_fn", "silu");
  config.only("mid_block_add_attention", true);
  config.only("latents_mean");
  config.only("latents_std");
  config.only("shift_factor", 0);
  config.only("in_channels", IMAGE_CHANNELS);
  config.only("out_channels", IMAGE_CHANNELS);
  const channels = config.counts("block_out_channels", MAX_LEVELS, MAX_WIDTH);
  const groups = config.count("norm_num_groups", MAX_WIDTH, 32);
  const ungrouped = channels.find((width) => width % groups !== 0);
  if (ungrouped !== undefined)
    throw config.wrong("norm_num_groups", `a number that divides the ${ungrouped} channels`);
  return {
    kind: "AutoencoderKL",
    imageChannels: IMAGE_CHANNELS,
    latentChannels: config.count("latent_channels", MAX_LATENT_CHANNELS, 4),
    channels,
    resnetsPerLevel: config.count("layers_per_block", MAX_LAYERS, 1),
    groups,
    scalingFactor: config.number("scaling_factor", { least: 1e-6, most: 1e6, fallback: 0.18215 }),
    downscale: 2 ** (channels.length - 1),
    quantConv: config.boolean("use_quant_conv", true),
    postQuantConv: config.boolean("use_post_quant_conv", true),
  };
}

const EPSILON = 1e-6;

function resnet(p: Params, config: KlVaeConfig, x: Value, out: number): Value {
  const norm = (name: string, y: Value): Value => silu(groupNormLayer(p.at(name), y, config.groups, EPSILON));
  const first = convLayer(p.at("conv1"), norm("norm1", x), out, 3, { padding: 1 });
  const second = convLayer(p.at("conv2"), norm("norm2", first), out, 3, { padding: 1 });
  return add(x.shape[1] === out ? x : convLayer(p.at("conv_shortcut"), x, out, 1), second);
}

/** One head of self-attention over all pixels. */
function pixelAttention(p: Params, config: KlVaeConfig, x: Value): Value {
  const [b, c, h, w] = x.shape;
  const width = c as number;
  const normed = groupNormLayer(p.at("group_norm"), x, config.groups, EPSILON);
  const tokens = transpose(reshape(normed, [b!, width, mulDims(h!, w!)]), [0, 2, 1]);
  const project = (name: string): Value => linearLayer(p.at(name), tokens, width);
  const out = linearLayer(
    p.at("to_out.0"),
    attention(project("to_q"), project("to_k"), project("to_v"), 1),
    width,
  );
  return add(x, reshape(transpose(out, [0, 2, 1]), x.shape));
}

function midBlock(p: Params, config: KlVaeConfig, x: Value): Value {
  const width = x.shape[1] as number;
  const attended = pixelAttention(p.at("attentions.0"), config, resnet(p.at("resnets.0"), config, x, width));
  return resnet(p.at("resnets.1"), config, attended, width);
}

/** Images [B, 3, H, W] in −1…1 → the posterior's mean and log-variance, both [B, latent, H/8, W/8]. */
export function klEncoder(
  p: Params,
  config: KlVaeConfig,
  images: Value,
): { mean: Value; logVariance: Value } {
  const encoder = p.at("encoder");
  let x = convLayer(encoder.at("conv_in"), images, config.channels[0]!, 3, { padding: 1 });
  for (const [level, channels] of config.channels.entries()) {
    const block = encoder.at(`down_blocks.${level}`);
    for (let i = 0; i < config.resnetsPerLevel; i++)
      x = resnet(block.at(`resnets.${i}`), config, x, channels);
    if (level < config.channels.length - 1) {
      x = convLayer(block.at("downsamplers.0.conv"), x, channels, 3, { stride: 2, padding: [0, 0, 1, 1] });
    }
  }
  x = midBlock(encoder.at("mid_block"), config, x);
  x = silu(groupNormLayer(encoder.at("conv_norm_out"), x, config.groups, EPSILON));
  const double = 2 * config.latentChannels;
  x = convLayer(encoder.at("conv_out"), x, double, 3, { padding: 1 });
  if (config.quantConv) x = convLayer(p.at("quant_conv"), x, double, 1);
  return {
    mean: slice(x, 1, 0, config.latentChannels),
    logVariance: slice(x, 1, config.latentChannels, double),
  };
}

/** Unscaled latents [B, latent, h, w] → images [B, 3, 8h, 8w], about −1…1. */
export function klDecoder(p: Params, config: KlVaeConfig, latents: Value): Value {
  const decoder = p.at("decoder");
  const channels = [...config.channels].reverse();
  let x = config.postQuantConv
    ? convLayer(p.at("post_quant_conv"), latents, config.latentChannels, 1)
    : latents;
  x = convLayer(decoder.at("conv_in"), x, channels[0]!, 3, { padding: 1 });
  x = midBlock(decoder.at("mid_block"), config, x);
  for (const [level, width] of channels.entries()) {
    const block = decoder.at(`up_blocks.${level}`);
    for (let i = 0; i <= config.resnetsPerLevel; i++) x = resnet(block.at(`resnets.${i}`), config, x, width);
    if (level < channels.length - 1) {
      x = convLayer(block.at("upsamplers.0.conv"), upsample2x(x), width, 3, { padding: 1 });
    }
  }
  x = silu(groupNormLayer(decoder.at("conv_norm_out"), x, config.groups, EPSILON));
  return convLayer(decoder.at("conv_out"), x, config.imageChannels, 3, { padding: 1 });
}
