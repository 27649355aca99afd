import type { ConfigReader } from "../checkpoint/index.ts";
import {
  add,
  concat,
  conv2d,
  expand,
  inLayer,
  mulDims,
  reshape,
  select,
  transpose,
  type Value,
} from "../graph/index.ts";
import { MAX_VISION_SIDE } from "../limits.ts";
import {
  type ClipEncoderConfig,
  clipEncoder,
  clipEncoderConfig,
  type EncoderDefaults,
} from "./clip-encoder.ts";
import { layerNormLayer } from "./layers.ts";
import type { Params } from "./params.ts";

/** Red, green and blue. */
const CHANNELS = 3;

export interface ClipVisionConfig extends ClipEncoderConfig {
  /** Pixels of a side of the pictures that it sees. */
  readonly side: number;
  /** Pixels of a side of a patch; each patch is a token. */
  readonly patch: number;
}

/** Reads a vision tower's configuration; without `defaults` its sizes must be there. */
export function readVisionConfig(
  config: ConfigReader,
  defaults?: EncoderDefaults & Pick<ClipVisionConfig, "side" | "patch">,
): ClipVisionConfig {
  config.number("num_channels", { least: CHANNELS, most: CHANNELS, fallback: CHANNELS });
  const side = config.count("image_size", MAX_VISION_SIDE, defaults?.side);
  return {
    ...clipEncoderConfig(config, defaults),
    side,
    patch: config.count("patch_size", side, defaults?.patch),
  };
}

/** Pictures [B, 3, side, side] → a token for the whole and one a patch, row by row [B, 1 + patches, width]. */
function embedPatches(p: Params, pixels: Value, { width, side, patch }: ClipVisionConfig): Value {
  const patches = inLayer(p.at("patch_embedding").path, () => {
    const kernel = p.tensor("patch_embedding.weight", [width, CHANNELS, patch, patch]);
    return conv2d(pixels, kernel, null, { stride: patch });
  });
  const [b, , h, w] = patches.shape;
  const tokens = transpose(reshape(patches, [b!, width, mulDims(h!, w!)]), [0, 2, 1]);
  const whole = expand(reshape(p.tensor("class_embedding", [width]), [1, 1, width]), [b!, 1, width]);
  const count = Math.floor(side / patch) ** 2 + 1;
  return add(concat([whole, tokens], 1), p.tensor("position_embedding.weight", [count, width]));
}

/**
 * CLIP's vision transformer (Radford et al. 2021, Dosovitskiy et al. 2021): normalised pictures [B, 3, side, side] → what
 * the token of the whole picture has become, after the last layer norm [B, width].
 */
export function visionTransformer(model: Params, config: ClipVisionConfig, pixels: Value): Value {
  const { epsilon } = config;
  const tokens = embedPatches(model.at("embeddings"), pixels, config);
  // The checkpoints' own spelling.
  const states = clipEncoder(model, layerNormLayer(model.at("pre_layrnorm"), tokens, epsilon), config);
  return layerNormLayer(model.at("post_layernorm"), select(states, 1, 0), epsilon);
}
