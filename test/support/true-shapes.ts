import { plainUNet } from "../../src/attention/index.ts";
import type { Component, JsonObject } from "../../src/checkpoint/index.ts";
import { CheckpointMismatchError, clipTextGraph, vaeGraphs } from "../../src/model/index.ts";
import type { Shape } from "../../src/tensor/index.ts";

/** Configurations of the released Stable Diffusion models, as their config.json files on the hub have them. */
export const SD1 = {
  unet: {
    block_out_channels: [320, 640, 1280, 1280],
    down_block_types: ["CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"],
    up_block_types: ["UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"],
    layers_per_block: 2,
    cross_attention_dim: 768,
    attention_head_dim: 8,
    in_channels: 4,
    out_channels: 4,
    sample_size: 64,
  },
  vae: { block_out_channels: [128, 256, 512, 512], layers_per_block: 2, latent_channels: 4 },
  text: {
    hidden_size: 768,
    intermediate_size: 3072,
    num_hidden_layers: 12,
    num_attention_heads: 12,
    vocab_size: 49408,
    max_position_embeddings: 77,
    hidden_act: "quick_gelu",
  },
} as const;

export const SD2 = {
  unet: {
    ...SD1.unet,
    cross_attention_dim: 1024,
    attention_head_dim: [5, 10, 20, 20],
    use_linear_projection: true,
    sample_size: 96,
  },
  vae: SD1.vae,
  text: {
    ...SD1.text,
    hidden_size: 1024,
    intermediate_size: 4096,
    num_hidden_layers: 23,
    num_attention_heads: 16,
    hidden_act: "gelu",
  },
} as const;

/** Names and shapes of all weights that a network asks for: it is built without any, and says which it misses. */
function askedFor(config: JsonObject, build: (component: Component) => unknown): Map<string, Shape> {
  try {
    build({ label: "none", config, weights: new Map() });
  } catch (error) {
    if (!(error instanceof CheckpointMismatchError)) throw error;
    return new Map(error.problems.map(({ name, expected }) => [name, JSON.parse(expected) as number[]]));
  }
  throw new Error("A network without weights was built.");
}

export const unetShapes = (config: JsonObject): Map<string, Shape> =>
  askedFor(config, (component) =>
    plainUNet(component, {
      attend: { frames: [] },
      groupNorm: "frame",
      temporal: false,
      textLength: 77,
      wordMapSites: [],
    }),
  );

export const vaeShapes = (config: JsonObject): Map<string, Shape> => askedFor(config, vaeGraphs);

export const textShapes = (config: JsonObject): Map<string, Shape> => askedFor(config, clipTextGraph);
