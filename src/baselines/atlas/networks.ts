import { add, inputs, mul, type Port, sigmoid, tanh, type Value } from "../../graph/index.ts";
import type { FloatTensor } from "../../tensor/index.ts";
import { applyMlp, initialValues, type Mlp, portsOf } from "./mlp.ts";
import type { AtlasSettings } from "./options.ts";

/**
 * The four networks of a layered neural atlas (Kasten et al. 2021, §3): where in the atlas a pixel (x, y, t) lies in
 * the foreground and in the background, how much of it is foreground, and the colours of the atlas.
 */
export interface Networks {
  readonly foreground: Mlp;
  readonly background: Mlp;
  readonly alpha: Mlp;
  readonly atlas: Mlp;
}

/** Layers of the atlas that see its coordinates again, as the authors' code has it. */
const ATLAS_SKIPS = [4, 7];

export function networksOf({ networks, frequencies }: AtlasSettings): Networks {
  const plain = { inputs: 3, skips: [] };
  // Smooth in space, but as quick in time as the motion: x and y are not encoded.
  const mapping = {
    ...plain,
    outputs: 2,
    encoding: { of: [2], frequencies: frequencies.time, beside: true },
  };
  const alpha = { of: [0, 1, 2], frequencies: frequencies.alpha, beside: false };
  return {
    foreground: { ...mapping, ...networks.foreground, name: "foreground" },
    background: { ...mapping, ...networks.background, name: "background" },
    alpha: { ...plain, ...networks.alpha, name: "alpha", outputs: 1, encoding: alpha },
    atlas: {
      ...networks.atlas,
      name: "atlas",
      inputs: 2,
      outputs: 3,
      encoding: { of: [0, 1], frequencies: frequencies.atlas, beside: false },
      skips: ATLAS_SKIPS.filter((layer) => layer < networks.atlas.layers),
    },
  };
}

const listOf = ({ foreground, background, alpha, atlas }: Networks): Mlp[] => [
  foreground,
  background,
  alpha,
  atlas,
];

/** All weights and biases of networks. */
export function weightPorts(networks: Networks | readonly Mlp[]): Readonly<Record<string, Port<"float32">>> {
  const list = "atlas" in networks ? listOf(networks) : networks;
  return Object.assign({}, ...list.map(portsOf));
}

/** All weights and biases at the beginning. */
export function initialWeights(networks: Networks, seed: number): ReadonlyMap<string, FloatTensor> {
  return new Map(listOf(networks).flatMap((mlp) => [...initialValues(mlp, seed)]));
}

/** The networks as functions in a graph that is fed their weights. */
export interface AtlasFunctions {
  /** Place in a layer of pixels [N, 3]: [N, 2], each within −1…1. */
  map(layer: AtlasLayer, pixels: Value): Value;
  /** Share of the foreground at pixels [N, 3]: [N, 1], within 0.001…0.999. */
  alpha(pixels: Value): Value;
  /** Colours of a layer at places [N, 2]: [N, 3], 0…1. */
  color(layer: AtlasLayer, places: Value): Value;
}

export type AtlasLayer = "foreground" | "background";

/** Each layer has a quarter of the atlas [−1, 1]² to itself: [0, 1]² and [−1, 0]². */
const SHIFT: Readonly<Record<AtlasLayer, number>> = { foreground: 0.5, background: -0.5 };

export function functionsOf(networks: Networks): AtlasFunctions {
  const weights = inputs(weightPorts(networks));
  return {
    map: (layer, pixels) => tanh(applyMlp(networks[layer], pixels, weights)),
    // Never 0 or 1, where the bootstrapping loss has no value.
    alpha: (pixels) => add(mul(sigmoid(applyMlp(networks.alpha, pixels, weights)), 0.998), 0.001),
    color: (layer, places) => sigmoid(applyMlp(networks.atlas, add(mul(places, 0.5), SHIFT[layer]), weights)),
  };
}
