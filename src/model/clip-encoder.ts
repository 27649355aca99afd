import type { ConfigReader } from "../checkpoint/index.ts";
import { add, applyMap, attention, attentionMap, gelu, quickGelu, type Value } from "../graph/index.ts";
import { MAX_LAYERS, MAX_WIDTH } from "../limits.ts";
import { layerNormLayer, linearLayer } from "./layers.ts";
import type { Params } from "./params.ts";

/** What CLIP's two towers have in common: a transformer whose layers normalise first. */
export interface ClipEncoderConfig {
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  readonly mlpWidth: number;
  readonly epsilon: number;
  readonly activation: (x: Value) => Value;
}

const ACTIVATIONS = { quick_gelu: quickGelu, gelu } as const;

/** What transformers takes for what a nested configuration leaves out. */
export interface EncoderDefaults extends Pick<ClipEncoderConfig, "width" | "layers" | "heads" | "mlpWidth"> {
  /** @default CLIP's */
  readonly activation?: keyof typeof ACTIVATIONS;
  /** @default CLIP's */
  readonly epsilon?: number;
}

/** Reads a tower's sizes; without `defaults` they must be there. */
export function clipEncoderConfig(config: ConfigReader, defaults?: EncoderDefaults): ClipEncoderConfig {
  const width = config.count("hidden_size", MAX_WIDTH, defaults?.width);
  const heads = config.count("num_attention_heads", MAX_WIDTH, defaults?.heads);
  if (width % heads !== 0) throw config.wrong("num_attention_heads", `a number that divides ${width}`);
  return {
    width,
    layers: config.count("num_hidden_layers", MAX_LAYERS, defaults?.layers),
    heads,
    mlpWidth: config.count("intermediate_size", MAX_WIDTH, defaults?.mlpWidth),
    epsilon: config.number("layer_norm_eps", { least: 1e-12, most: 1, fallback: defaults?.epsilon ?? 1e-5 }),
    activation:
      ACTIVATIONS[config.choice("hidden_act", defaults?.activation ?? "quick_gelu", ["quick_gelu", "gelu"])],
  };
}

/** Self-attention, x [B, N, width]. Scores with a mask [N, N] are few (77×77 of a text), so they are computed openly. */
function selfAttention(p: Params, x: Value, { heads, width }: ClipEncoderConfig, mask?: Value): Value {
  const [q, k, v] = ["q_proj", "k_proj", "v_proj"].map((name) => linearLayer(p.at(name), x, width));
  const attended = mask ? applyMap(attentionMap(q!, k!, heads, { mask }), v!) : attention(q!, k!, v!, heads);
  return linearLayer(p.at("out_proj"), attended, width);
}

/** What a layer does with its normalised input, x [B, N, width] → the same shape; `p` is at its `self_attn`. */
type Attend = (p: Params, x: Value) => Value;

function encoderLayer(p: Params, x: Value, config: ClipEncoderConfig, attend: Attend): Value {
  const { epsilon, mlpWidth, width, activation } = config;
  const attended = add(x, attend(p.at("self_attn"), layerNormLayer(p.at("layer_norm1"), x, epsilon)));
  const hidden = linearLayer(
    p.at("mlp.fc1"),
    layerNormLayer(p.at("layer_norm2"), attended, epsilon),
    mlpWidth,
  );
  return add(attended, linearLayer(p.at("mlp.fc2"), activation(hidden), width));
}

/** The layers below `encoder.layers` one after the other, x [B, N, width] → the same shape. */
export function encoderLayers(p: Params, x: Value, config: ClipEncoderConfig, attend: Attend): Value {
  let states = x;
  for (let i = 0; i < config.layers; i++)
    states = encoderLayer(p.at(`encoder.layers.${i}`), states, config, attend);
  return states;
}

/** CLIP's layers, x [B, N, width] → the same shape; `mask` is added to the scores. */
export function clipEncoder(p: Params, x: Value, config: ClipEncoderConfig, mask?: Value): Value {
  return encoderLayers(p, x, config, (at, normed) => selfAttention(at, normed, config, mask));
}
