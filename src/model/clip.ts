import { type Component, readComponentConfig } from "../checkpoint/index.ts";
import {
  type Graph,
  inNetwork,
  inputs,
  linear,
  matmul,
  oneHot,
  type Port,
  port,
  reshape,
  symbol,
  type Value,
} from "../graph/index.ts";
import { MAX_WIDTH } from "../limits.ts";
import { type ClipTextConfig, readTextConfig, textTransformer, tokenStates } from "./clip-text.ts";
import { type ClipVisionConfig, readVisionConfig, visionTransformer } from "./clip-vision.ts";
import { readParams } from "./params.ts";
import { towerConfig } from "./tower-config.ts";

export interface ClipConfig {
  readonly text: ClipTextConfig;
  readonly vision: ClipVisionConfig;
  /** Values of an embedding. */
  readonly width: number;
}

/** What transformers leaves out of a nested configuration: the sizes of openai/clip-vit-base-patch32. */
const TEXT_DEFAULTS = { width: 512, layers: 12, heads: 8, mlpWidth: 2048, vocabulary: 49408 };
const VISION_DEFAULTS = { width: 768, layers: 12, heads: 12, mlpWidth: 3072, side: 224, patch: 32 };
const WIDTH_DEFAULT = 512;

/** The configuration of a whole CLIP in transformers' layout, a tower's keys in `text_config` and `vision_config`. */
export function clipConfig(component: Component): ClipConfig {
  const own = readComponentConfig(component);
  own.choice("model_type", "clip", ["clip"]);
  return {
    text: readTextConfig(towerConfig(component, "text_config"), TEXT_DEFAULTS),
    vision: readVisionConfig(towerConfig(component, "vision_config"), VISION_DEFAULTS),
    width: own.count("projection_dim", MAX_WIDTH, WIDTH_DEFAULT),
  };
}

/** Input `pixels` [pictures, 3, side, side], normalised; output `embeddings` [pictures, width], of any length. */
export type ClipImageGraph = Graph<{ readonly pixels: Port<"float32"> }, { readonly embeddings: Value }>;

/**
 * Inputs `ids` [texts, L] and `ends` [texts], the place of each text's first end token; output `embeddings` [texts, width],
 * of any length.
 */
export type ClipWordsGraph = Graph<
  { readonly ids: Port<"int64">; readonly ends: Port<"int64"> },
  { readonly embeddings: Value }
>;

/** Weights that have no part in embeddings: the temperature of CLIP's training, and old files' lists of positions. */
const isOther = (name: string): boolean => name === "logit_scale" || name.endsWith(".position_ids");

/** CLIP (Radford et al. 2021) as two graphs: pictures and texts into one space. */
export function clipGraphs(component: Component): {
  readonly images: ClipImageGraph;
  readonly texts: ClipWordsGraph;
} {
  const { text, vision, width } = clipConfig(component);
  const { params, finish } = readParams(component);
  const project = (name: string, x: Value): Value =>
    linear(x, params.at(name).tensor("weight", [width, x.shape.at(-1) as number]));
  const pictures = { pixels: port([symbol("pictures"), 3, vision.side, vision.side]) };
  const texts = symbol("texts");
  const words = { ids: port([texts, text.length], "int64"), ends: port([texts], "int64") };
  const ofImages = inNetwork(component.label, () =>
    project(
      "visual_projection",
      visionTransformer(params.at("vision_model"), vision, inputs(pictures).pixels),
    ),
  );
  const ofTexts = inNetwork(component.label, () => {
    const model = params.at("text_model");
    const { ids, ends } = inputs(words);
    const states = textTransformer(model, text, tokenStates(model, text, ids));
    const atEnd = matmul(reshape(oneHot(ends, text.length), [texts, 1, text.length]), states);
    return project("text_projection", reshape(atEnd, [texts, text.width]));
  });
  finish(isOther);
  return {
    images: { inputs: pictures, outputs: { embeddings: ofImages } },
    texts: { inputs: words, outputs: { embeddings: ofTexts } },
  };
}
