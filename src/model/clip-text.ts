import {
  type Component,
  type ConfigReader,
  readComponentConfig,
  type TextEmbedding,
} from "../checkpoint/index.ts";
import {
  add,
  cast,
  constant,
  type Feeds,
  type Graph,
  gather,
  inNetwork,
  inputs,
  type Port,
  port,
  symbol,
  type Value,
} from "../graph/index.ts";
import { MAX_TEXT_PLACES, MAX_VOCABULARY } from "../limits.ts";
import { type IntTensor, intTensor } from "../tensor/index.ts";
import { putAddedWords } from "./added-words.ts";
import {
  type ClipEncoderConfig,
  clipEncoder,
  clipEncoderConfig,
  type EncoderDefaults,
} from "./clip-encoder.ts";
import { layerNormLayer } from "./layers.ts";
import { type Params, readParams } from "./params.ts";

export interface ClipTextConfig extends ClipEncoderConfig {
  readonly vocabulary: number;
  /** Tokens in a prompt, 77 for every Stable Diffusion so far. */
  readonly length: number;
}

export function clipTextConfig(component: Component): ClipTextConfig {
  return readTextConfig(readComponentConfig(component));
}

/** Reads a text tower's configuration; without `defaults` its sizes must be there. */
export function readTextConfig(
  config: ConfigReader,
  defaults?: EncoderDefaults & Pick<ClipTextConfig, "vocabulary">,
): ClipTextConfig {
  return {
    ...clipEncoderConfig(config, defaults),
    vocabulary: config.count("vocab_size", MAX_VOCABULARY, defaults?.vocabulary),
    length: config.number("max_position_embeddings", {
      ...{ least: 3, most: MAX_TEXT_PLACES, whole: true, fallback: 77 },
    }),
  };
}

/** 0 where a token may look (itself and what precedes it), a very negative number where not. */
function causalMask(length: number): Value {
  const mask = new Float32Array(length * length);
  for (let row = 0; row < length; row++) mask.fill(-3.4e38, row * length + row + 1, (row + 1) * length);
  return constant([length, length], mask);
}

/**
 * CLIP's text transformer (Radford et al. 2021): tokens [B, L, width] as the table has them → the last hidden states after
 * the final layer norm [B, L, width], as Stable Diffusion uses them.
 */
export function textTransformer(model: Params, config: ClipTextConfig, tokens: Value): Value {
  const { width, length, epsilon } = config;
  const positions = model.tensor("embeddings.position_embedding.weight", [length, width]);
  const states = clipEncoder(model, add(tokens, positions), config, causalMask(length));
  return layerNormLayer(model.at("final_layer_norm"), states, epsilon);
}

/** Rows of the table of tokens for `ids` [B, L]: [B, L, width]. */
export function tokenStates(model: Params, { vocabulary, width }: ClipTextConfig, ids: Value): Value {
  return cast(gather(model.raw("embeddings.token_embedding.weight", [vocabulary, width]), ids, 0), "float32");
}

/** Input `ids` [prompts, L] and, with added words, `added` [prompts, L]; output `states` [prompts, L, width]. */
export type TextGraph = Graph<
  { readonly ids: Port<"int64">; readonly added?: Port<"int64"> },
  { readonly states: Value }
>;

/** The text encoder as a graph, with added words if there are `embeddings`. `textFeeds` makes what it is fed. */
export function clipTextGraph(component: Component, embeddings: readonly TextEmbedding[] = []): TextGraph {
  const config = clipTextConfig(component);
  const { params, finish } = readParams(component);
  const model = params.at("text_model");
  const prompts = port([symbol("prompts"), config.length], "int64");
  const ports: TextGraph["inputs"] = { ids: prompts, ...(embeddings.length > 0 ? { added: prompts } : {}) };
  const { ids, added } = inputs(ports);
  const tokens = tokenStates(model, config, ids);
  const known = added ? putAddedWords(embeddings, tokens, added) : tokens;
  const states = inNetwork(component.label, () => textTransformer(model, config, known));
  return { inputs: ports, outputs: { states }, weights: finish() };
}

/**
 * Feeds of `graph` for padded token ids, a row of equal length each. Ids from `vocabulary` on (the `vocabSize` of the
 * tokenizer before `withWords`) are added tokens: `ids` has 0 in their place, `added` 1 + their number, else 0.
 */
export function textFeeds(
  { inputs }: Pick<TextGraph, "inputs">,
  prompts: readonly (readonly number[])[],
  vocabulary: number,
): Feeds<TextGraph> {
  const shape = [prompts.length, prompts[0]?.length ?? 0];
  const of = (number: (id: number) => number): IntTensor => intTensor(shape, prompts.flat().map(number));
  return {
    ids: of((id) => (id < vocabulary ? id : 0)),
    ...(inputs.added ? { added: of((id) => Math.max(0, id - vocabulary + 1)) } : {}),
  };
}
