import { afterAll, describe, expect, it } from "vitest";
import { devicesHere } from "../../test/support/devices.ts";
import { evaluate64 } from "../../test/support/float64.ts";
import { createEngine } from "../runtime/index.node.ts";
import { type FloatTensor, floatTensor, intTensor } from "../tensor/index.ts";
import {
  add,
  attention,
  attentionMap,
  cast,
  compile,
  concat,
  constant,
  conv2d,
  type Feeds,
  type Graph,
  GraphShapeError,
  gather,
  groupNorm,
  inLayer,
  input,
  inputs,
  LOWERINGS,
  type Lowering,
  linear,
  matmul,
  mean,
  mulDims,
  type Outputs,
  type Port,
  port,
  reshape,
  slice,
  softmax,
  symbol,
  transpose,
  type Value,
} from "./index.ts";

/** Deterministic values in −1…1, different for every seed. */
function values(shape: readonly number[], seed: number): FloatTensor {
  const data = Float32Array.from(
    { length: shape.reduce((a, b) => a * b, 1) },
    (_, i) => Math.sin(i * 12.9898 + seed * 78.233) * 0.9,
  );
  return floatTensor(shape, data);
}

/** A value of a graph that is built only, never run. */
const given = (name: string, shape: Value["shape"]): Value => input(name, port(shape));

describe("shape inference", () => {
  it("names the layer and both shapes of a misfit", () => {
    const x = given("x", [2, 320, symbol("h", 8), symbol("w", 8)]);
    const build = () =>
      inLayer("down_blocks.1.conv1", () => conv2d(x, constant([4, 640, 1, 1], new Float32Array(2560)), null));
    expect(build).toThrow(GraphShapeError);
    expect(build).toThrow(
      "down_blocks.1.conv1: conv2d: input [2, 320, 8·h, 8·w] does not fit weight [4, 640, 1, 1]",
    );
  });

  it("halves a symbolic size exactly, and refuses where the promise does not reach", () => {
    const weight = constant([1, 1, 3, 3], new Float32Array(9));
    const even = given("x", [1, 1, symbol("h", 2), 6]);
    expect(conv2d(even, weight, null, { stride: 2, padding: 1 }).shape).toEqual([1, 1, symbol("h"), 3]);
    const odd = given("x", [1, 1, symbol("h"), 6]);
    expect(() => conv2d(odd, weight, null, { stride: 2, padding: 1 })).toThrow("stride 2 does not divide");
  });

  it.each([
    ["reshape", () => reshape(given("x", [2, symbol("n")]), [3, symbol("n")])],
    ["concat", () => concat([given("a", [2, 3]), given("b", [2, 4])], 0)],
    ["matmul", () => matmul(given("a", [2, 3]), given("b", [4, 2]))],
    ["linear", () => linear(given("a", [2, 3]), given("b", [5, 4]))],
    ["attention", () => attention(given("q", [1, 2, 6]), given("k", [1, 3, 6]), given("v", [2, 3, 6]), 2)],
    ["attention map", () => attentionMap(given("q", [1, 2, 6]), given("k", [1, 3, 6]), 4)],
    ["add", () => add(given("a", [2, 3]), given("b", [2, 4]))],
    ["slice", () => slice(given("a", [2, 3]), 1, 2, 4)],
    ["transpose", () => transpose(given("a", [2, 3]), [0, 0])],
    ["reduce", () => mean(given("a", [2, 3]), 2), "mean"],
    ["gather", () => gather(given("a", [2, 3]), given("i", [2]), 0)],
    ["groupNorm", () => groupNorm(given("x", [1, 6, 2, 2]), given("w", [6]), given("b", [6]), 4, 1e-5)],
  ])("refuses shapes that do not fit in %s", (op, build, name = op) => {
    expect(build).toThrow(GraphShapeError);
    expect(build).toThrow(name);
  });
});

describe.each(await devicesHere())("graphs compiled for %s", (device) => {
  const engine = createEngine({ device, threads: 1 });
  afterAll(() => engine.close());

  async function evaluate<G extends Graph>(graph: G, feeds: Feeds<G>, lowering: Lowering = engine.lowering) {
    const session = await engine.open(compile(graph, lowering));
    const result = await session.run(feeds);
    await session.dispose();
    return result;
  }

  it("are lowered as is right for it", () => {
    expect(engine.lowering).toBe(LOWERINGS[device]);
  });

  it("compute reshapes whose sizes are only known at run time", async () => {
    const [b, f, n] = [symbol("b"), symbol("f"), symbol("n", 2)];
    const ports = { x: port([b, f, 3, n]) };
    const moved = transpose(reshape(inputs(ports).x, [mulDims(b, f), 3, n]), [0, 2, 1]);
    const graph = { inputs: ports, outputs: { y: reshape(moved, [b, f, n, 3]) } };
    const x = values([2, 5, 3, 4], 1);
    const { y } = await evaluate(graph, { x });
    expect(y.shape).toEqual([2, 5, 4, 3]);
    expect(y.data[1]).toBe(x.data[4]);
    expect(y.data.at(-1)).toBe(x.data.at(-1));
  });

  it("compute attention alike with the fused op and with explicit products, also for wider values", async () => {
    const ports = {
      q: port([2, symbol("n"), 8]),
      k: port([2, symbol("m"), 8]),
      v: port([2, symbol("m"), 20]),
    };
    const feeds = { q: values([2, 7, 8], 1), k: values([2, 5, 8], 2), v: values([2, 5, 20], 3) };
    const { q, k, v } = inputs(ports);
    const graph = { inputs: ports, outputs: { out: attention(q, k, v, 2) } };
    const lowered = (how: Lowering["attention"]) =>
      evaluate(graph, feeds, { ...engine.lowering, attention: how });
    // The fused op is trusted where the lowering of the device has it.
    const fused = await lowered(engine.lowering.attention);
    expect(fused.out.shape).toEqual([2, 7, 20]);
    for (const how of device === "cpu" ? (["explicit", "pieces"] as const) : (["explicit"] as const))
      expect(fused.out).toBeAllclose((await lowered(how)).out, { absolute: 5e-6 });
    // Independent check of one element, by hand: batch 0, query 0, head 1, value column 3.
    const dot = (m: number) =>
      [0, 1, 2, 3].reduce((s, c) => s + feeds.q.data[4 + c]! * feeds.k.data[m * 8 + 4 + c]!, 0);
    const weights = [0, 1, 2, 3, 4].map((m) => Math.exp(dot(m) / 2));
    const total = weights.reduce((a, b) => a + b);
    const expected = weights.reduce((s, w, m) => s + (w / total) * feeds.v.data[m * 20 + 10 + 3]!, 0);
    expect(fused.out.data[10 + 3]).toBeCloseTo(expected, 5);
  });

  it("compute explicit attention part after part where queries divide into parts", async () => {
    const ports = { q: port([2, symbol("n", 32), 8]), k: port([2, symbol("m"), 8]) };
    const feeds = { q: values([2, 64, 8], 1), k: values([2, 5, 8], 2) };
    const { q, k } = inputs(ports);
    const graph = { inputs: ports, outputs: { out: attention(q, k, k, 2) } };
    const lowering = { ...engine.lowering, attention: "explicit" } as const;
    const { out } = await evaluate(graph, feeds, lowering);
    const [expected] = evaluate64([graph.outputs.out], feeds);
    expect(out).toBeAllclose(Array.from(expected!.data), { absolute: 5e-6 });
    const softmaxes =
      new TextDecoder("latin1").decode(compile(graph, lowering).model).match(/Softmax/g) ?? [];
    expect(softmaxes.length).toBeGreaterThanOrEqual(16);
  });

  it("read rows of a half-precision table alike from its copy in float32", async () => {
    const ports = { rows: port([3], "int64") };
    const table = cast(constant([4, 2], [1, 2, 3, 4, 5, 6, 7, 8]), "float16");
    const y = cast(gather(table, inputs(ports).rows, 0), "float32");
    const feeds = { rows: intTensor([3], [3, 0, 3]) };
    const { y: found } = await evaluate({ inputs: ports, outputs: { y } }, feeds);
    expect(Array.from(found.data)).toEqual([7, 8, 1, 2, 7, 8]);
  });

  it("have the nodes of the lowering: explicit attention is no op of its own", () => {
    const ports = { x: port([1, symbol("n"), 4]) };
    const { x } = inputs(ports);
    const graph = { inputs: ports, outputs: { out: attention(x, x, x, 2) } };
    const nodes = (how: Lowering["attention"]): string =>
      new TextDecoder().decode(compile(graph, { ...engine.lowering, attention: how }).model);
    expect(nodes("fused")).toContain("MultiHeadAttention");
    expect(nodes("explicit")).not.toContain("MultiHeadAttention");
    expect(nodes("explicit")).toContain("Softmax");
  });

  it("normalise groups over all their pixels", async () => {
    const ports = { x: port([symbol("b"), 4, symbol("h"), symbol("w")]) };
    const out = groupNorm(inputs(ports).x, constant([4], [1, 1, 2, 2]), constant([4], [0, 0, 1, 1]), 2, 1e-5);
    const x = values([1, 4, 2, 3], 5);
    const { y } = await evaluate({ inputs: ports, outputs: { y: out } }, { x });
    const group = Array.from(x.data.subarray(12, 24));
    const mu = group.reduce((a, b) => a + b) / 12;
    const variance = group.reduce((s, v) => s + (v - mu) ** 2, 0) / 12;
    expect(y.data[13]).toBeCloseTo(((x.data[13]! - mu) / Math.sqrt(variance + 1e-5)) * 2 + 1, 4);
  });

  it("apply linear layers to inputs of any rank", async () => {
    const ports = { x: port([symbol("b"), symbol("n"), 3]) };
    const out = softmax(
      linear(inputs(ports).x, constant([2, 3], [1, 0, 0, 0, 1, 1]), constant([2], [0, 0.5])),
    );
    const x = floatTensor([1, 2, 3], Float32Array.of(1, 2, 3, 4, 5, 6));
    const { y } = await evaluate({ inputs: ports, outputs: { y: out } }, { x });
    expect(y.shape).toEqual([1, 2, 2]);
    expect(y.data[0]).toBeCloseTo(1 / (1 + Math.exp(5.5 - 1)), 5);
  });

  it("keep an input that nothing reads, and leave out an output that is not there", async () => {
    const ports = { x: port([2]), unread: port([symbol("n")]) };
    const outputs: { readonly y: Value; readonly z?: Value } = { y: add(inputs(ports).x, 1) };
    const feeds = { x: values([2], 1), unread: values([3], 2) };
    const results = await evaluate({ inputs: ports, outputs }, feeds);
    expect(Object.keys(results)).toEqual(["y"]);
    expect(results.z).toBeUndefined();
  });
});

describe("ports", () => {
  const ports: { readonly x: Port<"float32">; readonly at?: Port<"int64"> } = { x: port([3]) };
  const graph = { inputs: ports, outputs: { y: inputs(ports).x } } satisfies Graph;

  it("are the names and types that a graph is fed by, which the compiler checks", () => {
    const x = values([3], 1);
    const good: Feeds<typeof graph>[] = [{ x }, { x, at: intTensor([1], [0]) }];
    // @ts-expect-error: a name that the graph does not have
    good.push({ x, y: x });
    // @ts-expect-error: an input is missing
    good.push({ at: intTensor([1], [0]) });
    // @ts-expect-error: the wrong type of elements
    good.push({ x, at: x });
    expect(good).toHaveLength(5);
    // @ts-expect-error: an output that the graph does not have
    const name: keyof Outputs<typeof graph> = "z";
    expect(name in graph.outputs).toBe(false);
  });

  it("must be declared by the graph that reads them, with the same shape", () => {
    const y = add(given("x", [3]), given("hidden", [3]));
    const build = (declared: Graph["inputs"]) => () =>
      compile({ inputs: declared, outputs: { y } }, LOWERINGS.cpu);
    expect(build({ x: port([3]) })).toThrow('reads "hidden" as float32 [3], which is not among its inputs');
    expect(build({ x: port([3]), hidden: port([4]) })).toThrow('reads "hidden"');
    expect(build({ x: port([3]), hidden: port([3]) })).not.toThrow();
  });
});
