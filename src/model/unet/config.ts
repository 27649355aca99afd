import { type Component, extraInputs } from "../../checkpoint/index.ts";
import { FateZeroError } from "../../errors.ts";
import { readConfig } from "../config.ts";

export interface UNetConfig {
  /** Latent channels. */
  readonly inChannels: number;
  readonly outChannels: number;
  /** Width of each resolution level, finest first. */
  readonly channels: readonly number[];
  /** Whether each level has transformer blocks. */
  readonly attends: readonly boolean[];
  readonly resnetsPerLevel: readonly number[];
  readonly transformersPerBlock: readonly number[];
  /** Attention heads of each level. */
  readonly heads: readonly number[];
  readonly textWidth: number;
  readonly groups: number;
  readonly epsilon: number;
  /** Projections into and out of a transformer are linear layers (SD 2.x) or 1×1 convolutions (SD 1.x). */
  readonly linearProjection: boolean;
  readonly downsamplePadding: number;
  readonly cosineFirst: boolean;
  readonly frequencyShift: number;
  /** Latent side the model was trained at, 64 for SD 1.x. */
  readonly sampleSize: number;
}

/** `CrossAttnDownBlock2D`, `DownBlockPseudo3D` … → whether the block has transformers. */
function attends(type: string, label: string): boolean {
  const match = /^(CrossAttn)?(Down|Up)Block(2D|Pseudo3D)$/.exec(type);
  if (match) return match[1] !== undefined;
  throw new FateZeroError(
    "model-unsupported",
    `${label}/config.json: the block type "${type}" is not one that this program computes.`,
    "Use a Stable Diffusion 1.x or 2.x text-to-image checkpoint.",
  );
}

/** Parts that other families of models add: what is set here is not computed. */
const FOREIGN_PARTS = [
  "class_embed_type",
  "num_class_embeds",
  "addition_embed_type",
  "encoder_hid_dim",
  "encoder_hid_dim_type",
  "time_cond_proj_dim",
  "time_embedding_act_fn",
  "time_embedding_dim",
  "timestep_post_act",
  "cross_attention_norm",
  "mid_block_only_cross_attention",
  "reverse_transformer_layers_per_block",
];

/** Reads a UNet's config.json, of an image model or of one inflated by one-shot tuning. */
export function unetConfig(component: Component): UNetConfig {
  const config = readConfig(component);
  const down = config.texts("down_block_types").map((type) => attends(type, component.label));
  const up = config.texts("up_block_types").map((type) => attends(type, component.label));
  const channels = config.numbers("block_out_channels");
  const levels = channels.length;
  if (down.length !== levels || up.join() !== [...down].reverse().join()) {
    throw new FateZeroError(
      "model-unsupported",
      `${component.label}/config.json: its up blocks do not mirror its down blocks.`,
      "Use a Stable Diffusion 1.x or 2.x text-to-image checkpoint.",
    );
  }
  config.only("act_fn", "silu");
  config.only("mid_block_type", "UNetMidBlock2DCrossAttn", "UNetMidBlockPseudo3DCrossAttn");
  config.only("resnet_time_scale_shift", "default");
  config.only("only_cross_attention", false);
  config.only("dual_cross_attention", false);
  config.only("center_input_sample", false);
  config.only("mid_block_scale_factor", 1);
  config.only("resnet_out_scale_factor", 1);
  config.only("resnet_skip_time_act", false);
  config.only("time_embedding_type", "positional");
  config.only("conv_in_kernel", 3);
  config.only("conv_out_kernel", 3);
  config.only("attention_type", "default");
  for (const key of FOREIGN_PARTS) config.only(key, false);
  const inChannels = config.number("in_channels", 4);
  const outChannels = config.number("out_channels", 4);
  const extra = extraInputs(inChannels, outChannels);
  if (extra !== null) {
    throw new FateZeroError(
      "model-unsupported",
      `${component.label}: the UNet takes ${inChannels} channels and gives ${outChannels}: it is ${extra}.`,
      "Editing needs no such input: use the text-to-image checkpoint of the same family.",
    );
  }
  return {
    inChannels,
    outChannels,
    channels,
    attends: down,
    resnetsPerLevel: config.perLevel("layers_per_block", levels, 2),
    transformersPerBlock: config.perLevel("transformer_layers_per_block", levels, 1),
    // diffusers' `attention_head_dim` holds the number of heads; `num_attention_heads`, where set, replaces it.
    heads: config.perLevel(
      (component.config.num_attention_heads ?? null) === null ? "attention_head_dim" : "num_attention_heads",
      levels,
      8,
    ),
    textWidth: config.number("cross_attention_dim", 1280),
    groups: config.number("norm_num_groups", 32),
    epsilon: config.number("norm_eps", 1e-5),
    linearProjection: config.boolean("use_linear_projection", false),
    downsamplePadding: config.number("downsample_padding", 1),
    cosineFirst: config.boolean("flip_sin_to_cos", true),
    frequencyShift: config.number("freq_shift", 0),
    sampleSize: config.number("sample_size", 64),
  };
}
