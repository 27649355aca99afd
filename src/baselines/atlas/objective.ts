import {
  add,
  concat,
  type Graph,
  inputs,
  mul,
  type Port,
  port,
  reshape,
  scalar,
  slice,
  sub,
  sum,
  type Value,
  withGradients,
} from "../../graph/index.ts";
import {
  alphaFlowLoss,
  bootstrapLoss,
  colorLoss,
  flowLoss,
  gradientLoss,
  identityLoss,
  rigidityLoss,
  sparsityLoss,
} from "./losses.ts";
import { type AtlasFunctions, type AtlasLayer, functionsOf, type Networks, weightPorts } from "./networks.ts";

/** The terms of the loss, in the order in which a run gives them and takes their weights. */
export const TERMS = [
  "color",
  "gradient",
  "flow",
  "alphaFlow",
  "rigidity",
  "sparsity",
  "bootstrap",
  "globalForeground",
  "globalBackground",
] as const;
export type AtlasTerm = (typeof TERMS)[number];

/** What a batch of B pixels is fed as. Every list of points has the pixels' own first, see `Points`. */
const batchPorts = (rows: number, isGlobal: boolean) => ({
  /** (x, y, t) of the pixels, of their neighbours to the right and below, of their matches, and if global of those far left and above. */
  points: port([(isGlobal ? 6 : 4) * rows, 3]),
  /** True colours of the pixels and their two neighbours. */
  colors: port([3 * rows, 3]),
  /** The object's mask there. */
  mask: port([3 * rows, 1]),
  /** Whether each pixel has a match. */
  matched: port([rows, 1]),
  /** Weights of the terms. */
  weights: port([TERMS.length]),
});

/** Sizes of a batch, and pixels that atlas and picture are measured by. */
export interface ObjectiveOptions {
  readonly samples: number;
  /** Half of the picture's longer side in pixels over the scale of the mapping: a unit of a layer in pixels. */
  readonly unit: number;
  /** Pixels between a pixel and those that global rigidity compares it with. */
  readonly distance: number;
  /** Whether global rigidity counts, for which there are more points. */
  readonly isGlobal: boolean;
}

interface MappedLayer {
  readonly here: Value;
  readonly flow: Value;
  readonly rigidity: Value;
  readonly far: Value;
  /** Colours at the pixels and their neighbours [3B, 3]. */
  readonly colors: Value;
}

/** A layer's part in the loss. `share` is how much of the pixels is its own [B, 1]. */
function mapLayer(
  { map, color }: AtlasFunctions,
  layer: AtlasLayer,
  { points, matched }: { readonly points: Value; readonly matched: Value },
  share: Value,
  { samples, unit, distance, isGlobal }: ObjectiveOptions,
): MappedLayer {
  const places = map(layer, points);
  const part = (index: number): Value => slice(places, 0, index * samples, (index + 1) * samples);
  const inPixels = (x: Value): Value => mul(x, unit);
  const [here, right, below, match] = [0, 1, 2, 3].map(part) as [Value, Value, Value, Value];
  const slope = (from: Value, to: Value, pixels: number): Value => mul(sub(to, from), unit / pixels);
  return {
    here,
    flow: flowLoss(inPixels(here), inPixels(match), share, matched),
    rigidity: rigidityLoss(slope(here, right, 1), slope(here, below, 1)),
    far: isGlobal ? rigidityLoss(slope(part(4), here, distance), slope(part(5), here, distance)) : scalar(0),
    colors: color(layer, slice(places, 0, 0, 3 * samples)),
  };
}

/** The loss of a batch with all its terms, the weights being fed. */
export function objectiveGraph(networks: Networks, options: ObjectiveOptions) {
  const { samples: rows, isGlobal } = options;
  const ports = batchPorts(rows, isGlobal);
  const fed = inputs(ports);
  const { colors: truth, mask, matched } = fed;
  const functions = functionsOf(networks);
  const alphas = functions.alpha(slice(fed.points, 0, 0, 4 * rows));
  const alpha = slice(alphas, 0, 0, rows);
  const shown = slice(alphas, 0, 0, 3 * rows);
  const rest = (x: Value): Value => sub(scalar(1), x);
  const foreground = mapLayer(functions, "foreground", fed, alpha, options);
  const background = mapLayer(functions, "background", fed, rest(alpha), options);
  const colors = add(mul(foreground.colors, shown), mul(background.colors, rest(shown)));
  const neighbours = (x: Value) => ({
    here: slice(x, 0, 0, rows),
    right: slice(x, 0, rows, 2 * rows),
    below: slice(x, 0, 2 * rows, 3 * rows),
  });
  const terms: Readonly<Record<AtlasTerm, Value>> = {
    color: colorLoss(colors, truth),
    gradient: gradientLoss(neighbours(colors), neighbours(truth)),
    flow: add(foreground.flow, background.flow),
    alphaFlow: alphaFlowLoss(alpha, slice(alphas, 0, 3 * rows, 4 * rows), matched),
    rigidity: add(foreground.rigidity, background.rigidity),
    sparsity: sparsityLoss(shown, foreground.colors),
    bootstrap: bootstrapLoss(shown, mask),
    globalForeground: foreground.far,
    globalBackground: background.far,
  };
  const list = concat(
    TERMS.map((name) => reshape(terms[name], [1])),
    0,
  );
  const loss = sum(mul(list, fed.weights), 0);
  return { inputs: ports, outputs: { loss, terms: list }, weights: weightPorts(networks) } satisfies Graph;
}

/**
 * The loss of the pre-training: how far the mappings are from the identity (appendix A), and if there is one how far alpha
 * is from the mask. While alpha says nothing, sparsity would make the whole foreground black, from where no colour comes
 * back.
 */
export function pretrainingGraph(networks: Networks, samples: number, scale: number, hasMask: boolean) {
  const { points, mask } = batchPorts(samples, false);
  const ports = hasMask ? { points, mask } : { points };
  const fed = inputs<{ points: Port; mask?: Port }>(ports);
  const positions = mul(slice(fed.points, 1, 0, 2), scale);
  const { map, alpha } = functionsOf(networks);
  const layers = (["foreground", "background"] as const).map((layer) =>
    identityLoss(map(layer, fed.points), positions),
  );
  const shown = alpha(slice(fed.points, 0, 0, 3 * samples));
  const losses = fed.mask ? [...layers, bootstrapLoss(shown, fed.mask)] : layers;
  const { foreground, background, alpha: share } = networks;
  const weights = weightPorts(hasMask ? [foreground, background, share] : [foreground, background]);
  return { inputs: ports, outputs: { loss: losses.reduce(add) }, weights } satisfies Graph;
}

/** A graph of a loss with the gradients of all weights that it is fed. */
export function trained<G extends Graph & { readonly weights: Readonly<Record<string, unknown>> }>(graph: G) {
  return withGradients(graph, "loss", Object.keys(graph.weights));
}
