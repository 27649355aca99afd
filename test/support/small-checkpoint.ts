import { SD1, SD2 } from "./true-shapes.ts";

/** Stable Diffusion 1.x's and 2.x's rules at a width that a test can afford. */
const channels = { block_out_channels: [32, 32, 64, 64], cross_attention_dim: 64 };
const text = { hidden_size: 64, intermediate_size: 128, num_hidden_layers: 2, num_attention_heads: 1 };
const vae = { ...SD1.vae, block_out_channels: [32, 32, 32, 32], layers_per_block: 1 };

export const SMALL_SD1 = { unet: { ...SD1.unet, ...channels }, vae, text: { ...SD1.text, ...text } };

/** 64 channels a head. */
export const SMALL_SD2 = {
  unet: {
    ...SD2.unet,
    ...channels,
    block_out_channels: [64, 64, 64, 64],
    attention_head_dim: [1, 1, 1, 1],
  },
  vae,
  text: { ...SD2.text, ...text },
};

/** The least that has every part: two levels, one of which attends. Quick to open also with its gradients. */
export const TINY_SD = {
  unet: {
    ...SD1.unet,
    ...channels,
    block_out_channels: [32, 64],
    down_block_types: ["CrossAttnDownBlock2D", "DownBlock2D"],
    up_block_types: ["UpBlock2D", "CrossAttnUpBlock2D"],
    layers_per_block: 1,
    sample_size: 4,
  },
  vae,
  text: { ...SD1.text, ...text },
};
