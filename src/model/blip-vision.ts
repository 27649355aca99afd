import type { ConfigReader } from "../checkpoint/index.ts";
import {
  add,
  attention,
  concat,
  conv2d,
  expand,
  inLayer,
  mulDims,
  reshape,
  split,
  transpose,
  type Value,
} from "../graph/index.ts";
import { encoderLayers } from "./clip-encoder.ts";
import { type ClipVisionConfig, readVisionConfig } from "./clip-vision.ts";
import { layerNormLayer, linearLayer } from "./layers.ts";
import type { Params } from "./params.ts";

/** What transformers leaves out of a nested configuration: the sizes of ViT-B/16 at 384 pixels. */
const DEFAULTS = {
  ...{ width: 768, layers: 12, heads: 12, mlpWidth: 3072, side: 384, patch: 16 },
  activation: "gelu",
} as const;

export function readBlipVisionConfig(config: ConfigReader): ClipVisionConfig {
  return readVisionConfig(config, DEFAULTS);
}

/** Tokens of a picture: one for the whole, and one a patch. */
export function blipTokens({ side, patch }: ClipVisionConfig): number {
  return Math.floor(side / patch) ** 2 + 1;
}

/** Pictures [B, 3, side, side] → a token for the whole and one a patch, row by row [B, tokens, width]. */
function embedPatches(p: Params, pixels: Value, config: ClipVisionConfig): Value {
  const { width, patch } = config;
  const patches = inLayer(p.at("patch_embedding").path, () => {
    const at = p.at("patch_embedding");
    const kernel = at.tensor("weight", [width, 3, patch, patch]);
    return conv2d(pixels, kernel, at.tensor("bias", [width]), { stride: patch });
  });
  const [b, , h, w] = patches.shape;
  const tokens = transpose(reshape(patches, [b!, width, mulDims(h!, w!)]), [0, 2, 1]);
  const whole = expand(p.tensor("class_embedding", [1, 1, width]), [b!, 1, width]);
  const places = p.tensor("position_embedding", [1, blipTokens(config), width]);
  return add(concat([whole, tokens], 1), places);
}

/** BLIP's vision transformer (Li et al. 2022): normalised pictures [B, 3, side, side] → [B, tokens, width]. */
export function blipVision(model: Params, config: ClipVisionConfig, pixels: Value): Value {
  const { width, heads, epsilon } = config;
  const tokens = embedPatches(model.at("embeddings"), pixels, config);
  const states = encoderLayers(model, tokens, config, (p, x) => {
    // Queries, keys and values are one product.
    const [q, k, v] = split(linearLayer(p.at("qkv"), x, 3 * width), 2, 3);
    return linearLayer(p.at("projection"), attention(q!, k!, v!, heads), width);
  });
  return layerNormLayer(model.at("post_layernorm"), states, epsilon);
}
