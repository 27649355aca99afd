import { type Component, configFileOf, extraInputs, readComponentConfig } from "../../checkpoint/index.ts";
import { FateZeroError } from "../../errors.ts";
import { shownJson } from "../../json.ts";
import { MAX_LATENT_CHANNELS, MAX_LAYERS, MAX_LEVELS, MAX_SAMPLE_SIZE, MAX_WIDTH } from "../../limits.ts";

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
  readonly cosineFirst: boolean;
  readonly frequencyShift: number;
  /** Latent side the model was trained at, 64 for SD 1.x. */
  readonly sampleSize: number;
}

/** `CrossAttnDownBlock2D`, `DownBlockPseudo3D` … → whether the block has transformers. */
function attends(type: string, file: string): boolean {
  const match = /^(CrossAttn)?(Down|Up)Block(2D|Pseudo3D)$/.exec(type);
  if (match) return match[1] !== undefined;
  throw new FateZeroError(
    "model-unsupported",
    `${file}: the block type ${shownJson(type)} is not one that this program computes.`,
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
  const config = readComponentConfig(component);
  const file = configFileOf(component);
  const down = config.texts("down_block_types", MAX_LEVELS).map((type) => attends(type, file));
  const up = config.texts("up_block_types", MAX_LEVELS).map((type) => attends(type, file));
  const channels = config.counts("block_out_channels", MAX_LEVELS, MAX_WIDTH);
  const levels = channels.length;
  if (down.length !== levels || up.join() !== [...down].reverse().join()) {
    throw new FateZeroError(
      "model-unsupported",
      `${file}: "up_block_types" do not mirror "down_block_types", one for each of "block_out_channels".`,
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
  config.only("downsample_padding", 1);
  config.only("attention_type", "default");
  for (const key of FOREIGN_PARTS) config.only(key, false);
  const inChannels = config.count("in_channels", MAX_LATENT_CHANNELS, 4);
  const outChannels = config.count("out_channels", MAX_LATENT_CHANNELS, 4);
  const extra = extraInputs(inChannels, outChannels);
  if (extra !== null) {
    throw new FateZeroError(
      "model-unsupported",
      `${file}: the UNet takes ${inChannels} channels and gives ${outChannels}: it is ${extra}.`,
      "Editing needs no such input: use the text-to-image checkpoint of the same family.",
    );
  }
  // diffusers' `attention_head_dim` holds the number of heads; `num_attention_heads`, where set, replaces it.
  const headsKey =
    (component.config.num_attention_heads ?? null) === null ? "attention_head_dim" : "num_attention_heads";
  const heads = config.perLevel(headsKey, levels, MAX_WIDTH, 8);
  const groups = config.count("norm_num_groups", MAX_WIDTH, 32);
  // The middle block attends at the coarsest level, whatever that level's own blocks do.
  const uneven = channels.findIndex(
    (width, level) => (down[level] || level === levels - 1) && width % heads[level]! !== 0,
  );
  if (uneven >= 0) throw config.wrong(headsKey, `a number that divides the ${channels[uneven]} channels`);
  const ungrouped = channels.find((width) => width % groups !== 0);
  if (ungrouped !== undefined)
    throw config.wrong("norm_num_groups", `a number that divides the ${ungrouped} channels`);
  if (channels[0]! % 2 !== 0)
    throw config.wrong("block_out_channels", "a list that begins with an even number");
  return {
    inChannels,
    outChannels,
    channels,
    attends: down,
    resnetsPerLevel: config.perLevel("layers_per_block", levels, MAX_LAYERS, 2),
    transformersPerBlock: config.perLevel("transformer_layers_per_block", levels, MAX_LAYERS, 1),
    heads,
    textWidth: config.count("cross_attention_dim", MAX_WIDTH, 1280),
    groups,
    epsilon: config.number("norm_eps", { least: 1e-12, most: 1, fallback: 1e-5 }),
    linearProjection: config.boolean("use_linear_projection", false),
    cosineFirst: config.boolean("flip_sin_to_cos", true),
    frequencyShift: config.number("freq_shift", { least: 0, most: 1, fallback: 0 }),
    sampleSize: config.count("sample_size", MAX_SAMPLE_SIZE, 64),
  };
}
