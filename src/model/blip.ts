import { type Component, configFileOf, readComponentConfig } from "../checkpoint/index.ts";
import { FateZeroError } from "../errors.ts";
import { type Graph, inNetwork, inputs, type Port, port, symbol, type Value } from "../graph/index.ts";
import { shownJson } from "../json.ts";
import { type BlipTextConfig, blipText, readBlipTextConfig } from "./blip-text.ts";
import { blipTokens, blipVision, readBlipVisionConfig } from "./blip-vision.ts";
import type { ClipVisionConfig } from "./clip-vision.ts";
import { readParams } from "./params.ts";
import { towerConfig } from "./tower-config.ts";

export interface BlipConfig {
  readonly text: BlipTextConfig;
  readonly vision: ClipVisionConfig;
}

/** What transformers calls the BLIP that writes captions; others answer questions or compare texts with pictures. */
const CAPTIONING = "BlipForConditionalGeneration";

/** The configuration of a captioning BLIP in transformers' layout. */
export function blipConfig(component: Component): BlipConfig {
  const { architectures } = component.config;
  if (Array.isArray(architectures) && architectures.length > 0 && !architectures.includes(CAPTIONING))
    throw new FateZeroError(
      "model-unsupported",
      `${configFileOf(component)}: "architectures" is ${shownJson(architectures)}, which does not describe pictures.`,
      `A captioning BLIP is a ${CAPTIONING}, as Salesforce/blip-image-captioning-base.`,
    );
  readComponentConfig(component).choice("model_type", "blip", ["blip"]);
  return {
    text: readBlipTextConfig(towerConfig(component, "text_config")),
    vision: readBlipVisionConfig(towerConfig(component, "vision_config")),
  };
}

/** Input `pixels` [pictures, 3, side, side], normalised; output `states` [pictures, tokens, width]. */
export type BlipImageGraph = Graph<{ readonly pixels: Port<"float32"> }, { readonly states: Value }>;

/**
 * Inputs: the beginnings of texts on one picture `ids` [texts, length], `places` [length] = 0, 1, …, and the picture's
 * states `picture` [1, tokens, width]. Output `logits` [texts, length, vocabulary], of the token that follows each.
 */
export type BlipTextGraph = Graph<
  { readonly ids: Port<"int64">; readonly places: Port<"int64">; readonly picture: Port<"float32"> },
  { readonly logits: Value }
>;

/** Lists of positions that old files hold, and a second copy of the last bias. */
const isOther = (name: string): boolean =>
  name.endsWith(".position_ids") || name === "text_decoder.cls.predictions.decoder.bias";

/** BLIP (Li et al. 2022) as it describes pictures, in two graphs: what it sees, and what it says of that. */
export function blipGraphs(component: Component): {
  readonly images: BlipImageGraph;
  readonly texts: BlipTextGraph;
} {
  const { text, vision } = blipConfig(component);
  const { params, finish } = readParams(component);
  const pictures = { pixels: port([symbol("pictures"), 3, vision.side, vision.side]) };
  const length = symbol("length");
  const words = {
    ids: port([symbol("texts"), length], "int64"),
    places: port([length], "int64"),
    picture: port([1, blipTokens(vision), vision.width]),
  };
  const states = inNetwork(component.label, () =>
    blipVision(params.at("vision_model"), vision, inputs(pictures).pixels),
  );
  const logits = inNetwork(component.label, () => blipText(params.at("text_decoder"), text, inputs(words)));
  finish(isOther);
  return {
    images: { inputs: pictures, outputs: { states } },
    texts: { inputs: words, outputs: { logits } },
  };
}
