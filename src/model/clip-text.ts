import { type Component, readComponentConfig, type TextEmbedding } from "../checkpoint/index.ts";
import {
  add,
  applyMap,
  attentionMap,
  cast,
  constant,
  type Feeds,
  type Graph,
  gather,
  gelu,
  inNetwork,
  inputs,
  type Port,
  port,
  quickGelu,
  symbol,
  type Value,
} from "../graph/index.ts";
import { MAX_LAYERS, MAX_TEXT_PLACES, MAX_VOCABULARY, MAX_WIDTH } from "../limits.ts";
import { type IntTensor, intTensor } from "../tensor/index.ts";
import { putAddedWords } from "./added-words.ts";
import { layerNormLayer, linearLayer } from "./layers.ts";
import { type Params, readParams } from "./params.ts";

export interface ClipTextConfig {
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  readonly mlpWidth: number;
  readonly vocabulary: number;
  /** Tokens in a prompt, 77 for every Stable Diffusion so far. */
  readonly length: number;
  readonly epsilon: number;
  readonly activation: (x: Value) => Value;
}

const ACTIVATIONS = { quick_gelu: quickGelu, gelu } as const;

export function clipTextConfig(component: Component): ClipTextConfig {
  const config = readComponentConfig(component);
  const width = config.count("hidden_size", MAX_WIDTH);
  const heads = config.count("num_attention_heads", MAX_WIDTH);
  if (width % heads !== 0) throw config.wrong("num_attention_heads", `a number that divides ${width}`);
  return {
    width,
    layers: config.count("num_hidden_layers", MAX_LAYERS),
    heads,
    mlpWidth: config.count("intermediate_size", MAX_WIDTH),
    vocabulary: config.count("vocab_size", MAX_VOCABULARY),
    length: config.number("max_position_embeddings", {
      ...{ least: 3, most: MAX_TEXT_PLACES, whole: true, fallback: 77 },
    }),
    epsilon: config.number("layer_norm_eps", { least: 1e-12, most: 1, fallback: 1e-5 }),
    activation: ACTIVATIONS[config.choice("hidden_act", "quick_gelu", ["quick_gelu", "gelu"])],
  };
}

/** 0 where a token may look (itself and what precedes it), a very negative number where not. */
function causalMask(length: number): Value {
  const mask = new Float32Array(length * length);
  for (let row = 0; row < length; row++) mask.fill(-3.4e38, row * length + row + 1, (row + 1) * length);
  return constant([length, length], mask);
}

/** Causal self-attention, x [B, L, width]; the 77×77 scores are small, so they are computed openly with the mask added. */
function causalAttention(p: Params, x: Value, heads: number, mask: Value): Value {
  const project = (name: string): Value => linearLayer(p.at(name), x, x.shape[2] as number);
  const map = attentionMap(project("q_proj"), project("k_proj"), heads, { mask });
  return linearLayer(p.at("out_proj"), applyMap(map, project("v_proj")), x.shape[2] as number);
}

function encoderLayer(p: Params, x: Value, config: ClipTextConfig, mask: Value): Value {
  const { heads, epsilon, mlpWidth, width, activation } = config;
  const normed = layerNormLayer(p.at("layer_norm1"), x, epsilon);
  const attended = add(x, causalAttention(p.at("self_attn"), normed, heads, mask));
  const hidden = linearLayer(
    p.at("mlp.fc1"),
    layerNormLayer(p.at("layer_norm2"), attended, epsilon),
    mlpWidth,
  );
  return add(attended, linearLayer(p.at("mlp.fc2"), activation(hidden), width));
}

/**
 * CLIP's text transformer (Radford et al. 2021): tokens [B, L, width] as the table has them → the last hidden states after
 * the final layer norm [B, L, width], as Stable Diffusion uses them.
 */
function textTransformer(model: Params, config: ClipTextConfig, tokens: Value): Value {
  const { width, length, epsilon } = config;
  const positions = model.tensor("embeddings.position_embedding.weight", [length, width]);
  const mask = causalMask(length);
  let x = add(tokens, positions);
  for (let i = 0; i < config.layers; i++) x = encoderLayer(model.at(`encoder.layers.${i}`), x, config, mask);
  return layerNormLayer(model.at("final_layer_norm"), x, epsilon);
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
  const table = model.raw("embeddings.token_embedding.weight", [config.vocabulary, config.width]);
  const tokens = cast(gather(table, ids, 0), "float32");
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
