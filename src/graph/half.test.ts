/** Graphs in half precision, against the same in float64. */
import { afterAll, describe, expect, it } from "vitest";
import { halfDevicesHere } from "../../test/support/devices.ts";
import { evaluate64 } from "../../test/support/float64.ts";
import { createEngine } from "../runtime/index.node.ts";
import { type FloatTensor, floatTensor, intTensor, randomSource } from "../tensor/index.ts";
import {
  add,
  attention,
  cast,
  compile,
  concat,
  constant,
  conv2d,
  cos,
  type Feeds,
  type Graph,
  gather,
  gelu,
  groupNorm,
  inputs,
  LOWERINGS,
  type Lowering,
  layerNorm,
  linear,
  mean,
  mul,
  port,
  reshape,
  silu,
  sin,
  softmax,
  sum,
  symbol,
  transpose,
  type Value,
  withGradients,
} from "./index.ts";

const normal = (shape: readonly number[], name: string, scale = 1): FloatTensor =>
  floatTensor(
    shape,
    randomSource(1, name)
      .normal(shape)
      .data.map((value) => value * scale),
  );
const known = (shape: readonly number[], name: string, scale = 1): Value =>
  constant(shape, normal(shape, name, scale).data);

/** A residual block, attention and a gated product, as a UNet has them. */
function block(): { readonly graph: Graph; readonly feeds: Record<string, FloatTensor> } {
  const ports = { x: port([symbol("b"), 32, 8, 8]), text: port([symbol("b"), 5, 24]) };
  const { x, text } = inputs(ports);
  const y = silu(groupNorm(x, known([32], "gamma"), known([32], "beta"), 4, 1e-5));
  const conv = conv2d(y, known([32, 32, 3, 3], "conv", 0.06), known([32], "conv bias"), { padding: 1 });
  let rows = transpose(reshape(add(x, conv), [symbol("b"), 32, 64]), [0, 2, 1]);
  const project = (name: string, from: Value): Value =>
    linear(from, known([32, from.shape.at(-1) as number], name, 0.2), null);
  for (const source of [rows, text]) {
    const normed = layerNorm(rows, known([32], "ln gamma"), known([32], "ln beta"), 1e-5);
    const keys = source === rows ? normed : text;
    rows = add(rows, attention(project("q", normed), project("k", keys), project("v", keys), 4));
  }
  const feeds = { x: normal([2, 32, 8, 8], "x", 3), text: normal([2, 5, 24], "text") };
  return { graph: { inputs: ports, outputs: { y: mul(rows, gelu(project("gate", rows))) } }, feeds };
}

/** Root mean square of the differences as a share of the truth's. */
function errorOf(found: FloatTensor, truth: ArrayLike<number>): number {
  let [wrong, all] = [0, 0];
  for (let i = 0; i < truth.length; i++) {
    wrong += (found.data[i]! - truth[i]!) ** 2;
    all += truth[i]! ** 2;
  }
  return Math.sqrt(wrong / all);
}

const HALF = { ...LOWERINGS.cpu, precision: "fp16" } as const;

describe.each(await halfDevicesHere())("half precision on %s", (device) => {
  const engine = createEngine({ device, threads: 2 });
  afterAll(() => engine.close());
  const lowering: Lowering = { ...engine.lowering, precision: "fp16" };

  async function run<G extends Graph>(graph: G, feeds: Feeds<G>, how = lowering) {
    const session = await engine.open(compile(graph, how));
    const result = await session.run(feeds);
    await session.dispose();
    return result;
  }

  it.each(["fused", "pieces", "explicit"] as const)(
    "computes a block right to its own rounding, attention by %s",
    async (how) => {
      const { graph, feeds } = block();
      const [truth] = evaluate64(Object.values(graph.outputs) as Value[], feeds);
      const half = errorOf((await run(graph, feeds, { ...lowering, attention: how })).y!, truth!.data);
      const single = errorOf(
        (await run(graph, feeds, { ...engine.lowering, attention: how })).y!,
        truth!.data,
      );
      expect(half).toBeLessThan(3e-3);
      // Half has 11 bits: what is nearer was not computed in it.
      expect(half).toBeGreaterThan(1e-4);
      expect(single).toBeLessThan(1e-5);
    },
  );

  it("knows the angles of a late timestep", async () => {
    const ports = { t: port([symbol("b"), 1]) };
    const angles = mul(inputs(ports).t, constant([1, 3], [1, 0.37, 0.011]));
    const graph = { inputs: ports, outputs: { y: concat([sin(angles), cos(angles)], 1) } };
    const { y } = await run(graph, { t: floatTensor([1, 1], Float32Array.of(987)) });
    const expected = [1, 0.37, 0.011].map((f) => 987 * f);
    expect(y).toBeAllclose([...expected.map(Math.sin), ...expected.map(Math.cos)], { absolute: 1e-3 });
  });

  it("takes a softmax of scores and masks that it cannot hold", async () => {
    const ports = { q: port([1, symbol("n"), 16]), k: port([1, symbol("n"), 16]) };
    const { q, k } = inputs(ports);
    const lowered = { ...lowering, attention: "explicit" } as const;
    const graph = { inputs: ports, outputs: { y: attention(q, k, k, 1, 1e-5) } };
    const feeds = { q: normal([1, 6, 16], "q", 100), k: normal([1, 6, 16], "k", 100) };
    const products = Array.from({ length: 6 }, (_, n) =>
      feeds.q.data.subarray(n * 16, n * 16 + 16).reduce((s, v, c) => s + v * feeds.k.data[n * 16 + c]!, 0),
    );
    expect(Math.max(...products.map(Math.abs))).toBeGreaterThan(65504);
    const { y } = await run(graph, feeds, lowered);
    const [truth] = evaluate64([graph.outputs.y], feeds);
    expect(errorOf(y, truth!.data)).toBeLessThan(3e-3);
    const masked = softmax(add(inputs({ x: port([2, 2]) }).x, constant([2, 2], [0, -3.4e38, 0, 0])));
    const x = floatTensor([2, 2], Float32Array.of(1, 2, 3, 3));
    const found = await run({ inputs: { x: port([2, 2]) }, outputs: { y: masked } }, { x });
    expect(found.y).toBeAllclose([1, 0, 0.5, 0.5], { absolute: 1e-3 });
  });

  it("sums what it could not hold", async () => {
    const ports = { x: port([2, symbol("n")]) };
    const { x } = inputs(ports);
    const graph = { inputs: ports, outputs: { mean: mean(x, 1), sum: sum(x, 1) } };
    const found = await run(graph, { x: floatTensor([2, 100_000], new Float32Array(200_000).fill(2)) });
    expect(found.mean).toBeAllclose([2, 2], { relative: 1e-3 });
    expect(found.sum).toBeAllclose([200_000, 200_000], { relative: 1e-3 });
  });

  it("reads a table of either type by whole numbers", async () => {
    const ports = { rows: port([3], "int64") };
    const table = constant([4, 2], [1, 2, 3, 4, 5, 6, 7, 8]);
    const pick = (from: Value): Value => cast(gather(from, inputs(ports).rows, 0), "float32");
    const outputs = { half: pick(cast(table, "float16")), single: pick(table) };
    const { half, single } = await run({ inputs: ports, outputs }, { rows: intTensor([3], [3, 0, 3]) });
    expect(Array.from(half.data)).toEqual([7, 8, 1, 2, 7, 8]);
    expect(Array.from(single.data)).toEqual([7, 8, 1, 2, 7, 8]);
  });
});

describe("a graph with gradients", () => {
  it("is computed in single precision, whatever the device is opened with", () => {
    const ports = { x: port([3]) };
    const { x } = inputs(ports);
    const graph = withGradients({ inputs: ports, outputs: { loss: sum(mul(x, x), 0) } }, "loss", ["x"]);
    expect(compile(graph, HALF).model).toEqual(compile(graph, LOWERINGS.cpu).model);
    const plain = { inputs: ports, outputs: { y: mul(x, x) } };
    expect(compile(plain, HALF).model).not.toEqual(compile(plain, LOWERINGS.cpu).model);
  });
});
