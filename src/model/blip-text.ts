import type { ConfigReader } from "../checkpoint/index.ts";
import {
  add,
  applyMap,
  attention,
  attentionMap,
  cast,
  gather,
  linear,
  mul,
  mulDims,
  reshape,
  sqrt,
  sub,
  type Value,
} from "../graph/index.ts";
import { MAX_TEXT_PLACES, MAX_VOCABULARY } from "../limits.ts";
import { type ClipEncoderConfig, clipEncoderConfig } from "./clip-encoder.ts";
import { layerNormLayer, linearLayer } from "./layers.ts";
import type { Params } from "./params.ts";

export interface BlipTextConfig extends ClipEncoderConfig {
  readonly vocabulary: number;
  /** The most tokens of a text. */
  readonly length: number;
  /** Token that begins a text. */
  readonly begin: number;
  /** Token that ends it. */
  readonly end: number;
}

/** What transformers leaves out of a nested configuration; its heads are not those of the released models. */
const DEFAULTS = {
  ...{ width: 768, layers: 12, heads: 8, mlpWidth: 3072 },
  activation: "gelu",
  epsilon: 1e-12,
} as const;

export function readBlipTextConfig(config: ConfigReader): BlipTextConfig {
  const vocabulary = config.count("vocab_size", MAX_VOCABULARY, 30524);
  const token = (key: string, fallback: number): number =>
    config.number(key, { least: 0, most: vocabulary - 1, whole: true, fallback });
  return {
    ...clipEncoderConfig(config, DEFAULTS),
    vocabulary,
    length: config.count("max_position_embeddings", MAX_TEXT_PLACES, 512),
    begin: token("bos_token_id", 30522),
    // The separator, whatever "eos_token_id" says.
    end: token("sep_token_id", 102),
  };
}

/** What lies ahead of a place gets a very negative score: `places` [L] → [L, L], 0 where a token may look. */
function causalMask(places: Value): Value {
  const length = places.shape[0]!;
  const at = cast(places, "float32");
  const ahead = sub(reshape(at, [1, length]), reshape(at, [length, 1]));
  return mul(add(ahead, sqrt(mul(ahead, ahead))), -1e9);
}

/** x, what a layer added to it, normalised after that, as BERT does. */
function addAndNorm(p: Params, x: Value, change: Value, { width, epsilon }: BlipTextConfig): Value {
  return layerNormLayer(p.at("LayerNorm"), add(x, linearLayer(p.at("dense"), change, width)), epsilon);
}

/** Queries of x [B, L, width], keys and values of `from` [B, M, any]. */
function projections(p: Params, x: Value, from: Value, width: number): readonly [Value, Value, Value] {
  return [
    linearLayer(p.at("query"), x, width),
    linearLayer(p.at("key"), from, width),
    linearLayer(p.at("value"), from, width),
  ];
}

function decoderLayer(p: Params, x: Value, config: BlipTextConfig, mask: Value, picture: Value): Value {
  const { width, heads, mlpWidth, activation } = config;
  const [q, k, v] = projections(p.at("attention.self"), x, x, width);
  const own = applyMap(attentionMap(q, k, heads, { mask }), v);
  const told = addAndNorm(p.at("attention.output"), x, own, config);
  // All texts look at one picture, so that their tokens are a single row of queries.
  const [b, l] = told.shape;
  const row = reshape(told, [1, mulDims(b!, l!), width]);
  const [ask, see, take] = projections(p.at("crossattention.self"), row, picture, width);
  const seen = reshape(attention(ask, see, take, heads), [b!, l!, width]);
  const both = addAndNorm(p.at("crossattention.output"), told, seen, config);
  const hidden = activation(linearLayer(p.at("intermediate.dense"), both, mlpWidth));
  return addAndNorm(p.at("output"), both, hidden, config);
}

/**
 * BLIP's text decoder (Li et al. 2022), a BERT that sees what precedes a token and a picture: tokens `ids` [B, L], their
 * `places` [L] = 0, 1, …, the picture's states [1, M, any] → scores of each next token [B, L, vocabulary].
 */
export function blipText(
  decoder: Params,
  config: BlipTextConfig,
  { ids, places, picture }: { readonly ids: Value; readonly places: Value; readonly picture: Value },
): Value {
  const { width, vocabulary, length, layers, epsilon, activation } = config;
  const embeddings = decoder.at("bert.embeddings");
  const words = embeddings.raw("word_embeddings.weight", [vocabulary, width]);
  const where = embeddings.tensor("position_embeddings.weight", [length, width]);
  const tokens = add(cast(gather(words, ids, 0), "float32"), gather(where, places, 0));
  let states = layerNormLayer(embeddings.at("LayerNorm"), tokens, epsilon);
  const mask = causalMask(places);
  for (let i = 0; i < layers; i++)
    states = decoderLayer(decoder.at(`bert.encoder.layer.${i}`), states, config, mask, picture);
  const head = decoder.at("cls.predictions");
  const last = activation(linearLayer(head.at("transform.dense"), states, width));
  const normed = layerNormLayer(head.at("transform.LayerNorm"), last, epsilon);
  // The matrix is that of the words; files that hold it once more hold the same.
  const isApart = head.shapeOf("decoder.weight") !== null;
  const matrix = isApart ? head.tensor("decoder.weight", [vocabulary, width]) : cast(words, "float32");
  return linear(normed, matrix, head.tensor("bias", [vocabulary]));
}
