import { describe, expect, it } from "vitest";
import { evaluate64, type Fed } from "../../../test/support/float64.ts";
import { shifted } from "../../../test/support/moving-pictures.ts";
import { type Graph, gradientName } from "../../graph/index.ts";
import { clipFlow } from "../../metrics/index.ts";
import { type FloatTensor, randomSource } from "../../tensor/index.ts";
import { drawBatch, weightList } from "./batches.ts";
import { initialWeights, networksOf } from "./networks.ts";
import { type AtlasTerm, objectiveGraph, pretrainingGraph, TERMS, trained } from "./objective.ts";
import { resolveAtlas } from "./options.ts";

const SIZE = { width: 3, layers: 3 };
const TINY = {
  networks: { foreground: SIZE, background: SIZE, alpha: SIZE, atlas: { width: 3, layers: 5 } },
  frequencies: { alpha: 1, time: 1, atlas: 2 },
};
const settings = resolveAtlas(TINY, { frames: 2, side: 24 });
const networks = networksOf(settings);
const SAMPLES = 3;

const { a, b } = shifted(24, 1, 2);
const frames = [a, b];
const masks = [0, 1].map(() => Float32Array.from({ length: 24 * 24 }, (_, i) => (i % 5) / 4));
const data = { frames, masks, flow: await clipFlow(frames) };
const batch = drawBatch(data, { seed: 3, step: 1, samples: SAMPLES, distance: 4 });
// Away from where all networks are alike.
const initial = new Map(
  [...initialWeights(networks, 5)].map(([name, { shape, data: values }]): [string, FloatTensor] => {
    const noise = randomSource(9, name).normal(shape);
    return [name, { ...noise, data: noise.data.map((value, i) => values[i]! + 0.2 * value) }];
  }),
);

/** Central differences of a loss by some of every network's weights, and what its gradient says of them. */
function compare(graph: Graph & { readonly weights: object }, feeds: Fed): [number[], number[]] {
  const names = Object.keys(graph.weights);
  const outputs = trained(graph as Parameters<typeof trained>[0]).outputs;
  const fed: Fed = { ...Object.fromEntries(initial), ...feeds };
  const gradients = evaluate64(
    names.map((name) => outputs[gradientName(name)]!),
    fed,
  );
  const [computed, differences]: [number[], number[]] = [[], []];
  for (const [n, name] of names.entries()) {
    const { shape, data: values } = initial.get(name)!;
    const i = (7 * n) % values.length;
    const lossAt = (step: number): number => {
      const moved = { shape, data: Float64Array.from(values).with(i, values[i]! + step) };
      return evaluate64([graph.outputs.loss!], { ...fed, [name]: moved })[0]!.data[0]!;
    };
    differences.push((lossAt(1e-5) - lossAt(-1e-5)) / 2e-5);
    computed.push(gradients[n]!.data[i]!);
  }
  return [computed, differences];
}

const options = { samples: SAMPLES, unit: 15, distance: 4, isGlobal: true };
const only = (term: AtlasTerm) =>
  weightList({
    ...(Object.fromEntries(TERMS.map((name) => [name, 0])) as Record<AtlasTerm, number>),
    [term]: 1,
  });

describe("the loss of an atlas", () => {
  const graph = objectiveGraph(networks, options);

  it("has the gradient that differences of it give, all terms together", () => {
    const [computed, differences] = compare(graph, { ...batch, weights: weightList(settings.weights) });
    expect(computed).toBeAllclose(differences, { absolute: 1e-4, relative: 1e-5 });
    expect(computed.filter((value) => value !== 0).length).toBeGreaterThan(20);
  });

  it.each(TERMS)("takes %s by its weight", (term) => {
    const fed: Fed = { ...Object.fromEntries(initial), ...batch, weights: only(term) };
    const { loss, terms } = graph.outputs;
    const [one, all] = evaluate64([loss, terms], fed);
    expect(one!.data[0]).toBe(all!.data[TERMS.indexOf(term)]);
    expect(one!.data[0]).toBeGreaterThan(0);
  });

  it("asks nothing about far pixels where global rigidity does not count", () => {
    const near = objectiveGraph(networks, { ...options, isGlobal: false });
    const { points, ...rest } = drawBatch(data, { seed: 3, step: 1, samples: SAMPLES, distance: null });
    expect(points.data).toEqual(batch.points.data.subarray(0, points.data.length));
    const fed = { ...Object.fromEntries(initial), weights: only("color") };
    const [some] = evaluate64([near.outputs.terms], { ...fed, ...rest, points });
    const [all] = evaluate64([graph.outputs.terms], { ...fed, ...batch });
    const count = TERMS.indexOf("globalForeground");
    expect(some!.data.slice(0, count)).toEqual(all!.data.slice(0, count));
    expect([...some!.data.slice(count)]).toEqual([0, 0]);
  });

  it("is that of the identity before, for the mappings, and of the mask for alpha where there is one", () => {
    const { points, mask } = drawBatch(data, { seed: 3, step: 1, samples: SAMPLES, distance: null });
    const both = pretrainingGraph(networks, SAMPLES, 0.8, true);
    const [computed, differences] = compare(both, { points, mask });
    expect(computed).toBeAllclose(differences, { absolute: 1e-8, relative: 1e-6 });
    const networksOfGraph = (weights: object) =>
      [...new Set(Object.keys(weights).map((name) => name.split("/")[0]))].sort();
    expect(networksOfGraph(both.weights)).toEqual(["alpha", "background", "foreground"]);
    const alone = pretrainingGraph(networks, SAMPLES, 0.8, false);
    expect(networksOfGraph(alone.weights)).toEqual(["background", "foreground"]);
    const fed = Object.fromEntries(initial);
    const [without] = evaluate64([alone.outputs.loss], { ...fed, points });
    const [withMask] = evaluate64([both.outputs.loss], { ...fed, points, mask });
    expect(without!.data[0]).toBeLessThan(withMask!.data[0]!);
  });
});
