import type { JsonObject, NamedWeights } from "../types.ts";
import type { UNetLayout } from "./unet-names.ts";
import type { VaeLayout } from "./vae-names.ts";

/** Configurations that a single file does not carry, found from the shapes of its weights (under diffusers' names). */

/** Channels of an attention head in Stable Diffusion 2 and in every CLIP text tower. */
const HEAD_CHANNELS = 64;
/** Heads of every attention in Stable Diffusion 1. */
const SD1_HEADS = 8;

function shapeOf(weights: NamedWeights, name: string): readonly number[] {
  return weights.get(name)?.shape ?? [];
}

/** How many numbered things of a path there are: `countOf(w, "encoder.layers")` of `encoder.layers.0.…`, `encoder.layers.1.…`. */
function countOf(weights: NamedWeights, path: string): number {
  let count = 0;
  for (const name of weights.keys()) {
    if (!name.startsWith(`${path}.`)) continue;
    const number = Number(name.slice(path.length + 1).split(".", 1)[0]);
    if (Number.isInteger(number)) count = Math.max(count, number + 1);
  }
  return count;
}

export interface UNetFacts {
  readonly config: JsonObject;
  /** Stable Diffusion 2 projects by linear layers, and its attention heads have 64 channels. */
  readonly isVersion2: boolean;
}

/** A UNet's config.json, but for `sample_size`, which shapes do not tell. */
export function inferUNetConfig(weights: NamedWeights, { resnets, attends }: UNetLayout): UNetFacts {
  const channels = resnets.map(
    (_, level) => shapeOf(weights, `down_blocks.${level}.resnets.0.conv1.weight`)[0]!,
  );
  const mid = "mid_block.attentions.0";
  const isVersion2 = shapeOf(weights, `${mid}.proj_in.weight`).length === 2;
  const block = (level: number, kind: "Down" | "Up"): string =>
    `${attends[level] ? "CrossAttn" : ""}${kind}Block2D`;
  const levels = channels.map((_, level) => level);
  const config = {
    in_channels: shapeOf(weights, "conv_in.weight")[1],
    out_channels: shapeOf(weights, "conv_out.weight")[0],
    block_out_channels: channels,
    down_block_types: levels.map((level) => block(level, "Down")),
    up_block_types: [...levels].reverse().map((level) => block(level, "Up")),
    layers_per_block: [...resnets],
    transformer_layers_per_block: levels.map((level) =>
      Math.max(
        1,
        countOf(weights, `${attends[level] ? `down_blocks.${level}.attentions.0` : mid}.transformer_blocks`),
      ),
    ),
    cross_attention_dim: shapeOf(weights, `${mid}.transformer_blocks.0.attn2.to_k.weight`)[1],
    attention_head_dim: isVersion2 ? channels.map((width) => width / HEAD_CHANNELS) : SD1_HEADS,
    use_linear_projection: isVersion2,
  };
  return { config, isVersion2 };
}

/** A VAE's config.json; Stable Diffusion's scaling factor is the same in all versions. */
export function inferVaeConfig(weights: NamedWeights, { levels, resnets }: VaeLayout): JsonObject {
  const width = (level: number): number =>
    shapeOf(weights, `encoder.down_blocks.${level}.resnets.0.conv1.weight`)[0]!;
  return {
    in_channels: shapeOf(weights, "encoder.conv_in.weight")[1],
    out_channels: shapeOf(weights, "decoder.conv_out.weight")[0],
    latent_channels: shapeOf(weights, "decoder.conv_in.weight")[1],
    block_out_channels: Array.from({ length: levels }, (_, level) => width(level)),
    layers_per_block: resnets,
    scaling_factor: 0.18215,
    use_quant_conv: weights.has("quant_conv.weight"),
    use_post_quant_conv: weights.has("post_quant_conv.weight"),
  };
}

/** A text encoder's config.json. OpenAI's CLIP has the quick GELU, OpenCLIP the exact one. */
export function inferTextConfig(weights: NamedWeights, isOpenClip: boolean): JsonObject {
  const [vocabulary, width = 0] = shapeOf(weights, "text_model.embeddings.token_embedding.weight");
  return {
    vocab_size: vocabulary,
    hidden_size: width,
    intermediate_size: shapeOf(weights, "text_model.encoder.layers.0.mlp.fc1.weight")[0],
    num_hidden_layers: countOf(weights, "text_model.encoder.layers"),
    num_attention_heads: width / HEAD_CHANNELS,
    max_position_embeddings: shapeOf(weights, "text_model.embeddings.position_embedding.weight")[0],
    hidden_act: isOpenClip ? "gelu" : "quick_gelu",
  };
}
