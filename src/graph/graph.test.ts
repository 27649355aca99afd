import { afterAll, describe, expect, it } from "vitest";
import { createEngine } from "../runtime/index.node.ts";
import { floatTensor } from "../tensor/index.ts";
import {
  add,
  attention,
  type CompileOptions,
  compile,
  concat,
  constant,
  conv2d,
  GraphShapeError,
  groupNorm,
  inLayer,
  input,
  linear,
  matmul,
  mulDims,
  reshape,
  slice,
  softmax,
  symbol,
  transpose,
  type Value,
} from "./index.ts";

const engine = createEngine({ threads: 1 });
afterAll(() => engine.close());

/** Deterministic values in −1…1, different for every seed. */
function values(count: number, seed: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => Math.sin(i * 12.9898 + seed * 78.233) * 0.9);
}

async function evaluate(
  outputs: Record<string, Value>,
  feeds: Record<string, [number[], Float32Array]>,
  options?: CompileOptions,
) {
  const session = await engine.open(compile(outputs, options));
  const tensors = Object.fromEntries(
    Object.entries(feeds).map(([name, [shape, data]]) => [name, floatTensor(shape, data)]),
  );
  const result = await session.run(tensors);
  await session.dispose();
  return result;
}

describe("shape inference", () => {
  it("names the layer and both shapes of a misfit", () => {
    const x = input("x", [2, 320, symbol("h", 8), symbol("w", 8)]);
    const build = () =>
      inLayer("down_blocks.1.conv1", () => conv2d(x, constant([4, 640, 1, 1], new Float32Array(2560)), null));
    expect(build).toThrow(GraphShapeError);
    expect(build).toThrow(
      "down_blocks.1.conv1: conv2d: input [2, 320, 8·h, 8·w] does not fit weight [4, 640, 1, 1]",
    );
  });

  it("halves a symbolic size exactly, and refuses where the promise does not reach", () => {
    const weight = constant([1, 1, 3, 3], new Float32Array(9));
    const even = input("x", [1, 1, symbol("h", 2), 6]);
    expect(conv2d(even, weight, null, { stride: 2, padding: 1 }).shape).toEqual([1, 1, symbol("h"), 3]);
    const odd = input("x", [1, 1, symbol("h"), 6]);
    expect(() => conv2d(odd, weight, null, { stride: 2, padding: 1 })).toThrow("stride 2 does not divide");
  });

  it.each([
    ["reshape", () => reshape(input("x", [2, symbol("n")]), [3, symbol("n")])],
    ["concat", () => concat([input("a", [2, 3]), input("b", [2, 4])], 0)],
    ["matmul", () => matmul(input("a", [2, 3]), input("b", [4, 2]))],
    ["linear", () => linear(input("a", [2, 3]), input("b", [5, 4]))],
    ["attention", () => attention(input("q", [1, 2, 6]), input("k", [1, 3, 6]), input("v", [2, 3, 6]), 2)],
    ["add", () => add(input("a", [2, 3]), input("b", [2, 4]))],
    ["slice", () => slice(input("a", [2, 3]), 1, 2, 4)],
    ["transpose", () => transpose(input("a", [2, 3]), [0, 0])],
    ["groupNorm", () => groupNorm(input("x", [1, 6, 2, 2]), input("w", [6]), input("b", [6]), 4, 1e-5)],
  ])("refuses shapes that do not fit in %s", (name, build) => {
    expect(build).toThrow(GraphShapeError);
    expect(build).toThrow(name);
  });
});

describe("compiled graphs", () => {
  it("computes reshapes whose sizes are only known at run time", async () => {
    const b = symbol("b");
    const f = symbol("f");
    const x = input("x", [b, f, 3, symbol("n", 2)]);
    const merged = reshape(x, [mulDims(b, f), 3, symbol("n", 2)]);
    const moved = transpose(merged, [0, 2, 1]);
    const back = reshape(moved, [b, f, symbol("n", 2), 3]);
    const data = values(2 * 5 * 3 * 4, 1);
    const { y } = await evaluate({ y: back }, { x: [[2, 5, 3, 4], data] });
    expect(y!.shape).toEqual([2, 5, 4, 3]);
    expect(y!.data[1]).toBe(data[4]);
    expect(y!.data.at(-1)).toBe(data.at(-1));
  });

  it("computes attention alike with the fused op and with explicit products, also for wider values", async () => {
    const q = input("q", [2, symbol("n"), 8]);
    const k = input("k", [2, symbol("m"), 8]);
    const v = input("v", [2, symbol("m"), 20]);
    const feeds = {
      q: [[2, 7, 8], values(112, 1)],
      k: [[2, 5, 8], values(80, 2)],
      v: [[2, 5, 20], values(200, 3)],
    } satisfies Record<string, [number[], Float32Array]>;
    const out = attention(q, k, v, 2);
    const fused = await evaluate({ out }, feeds, { attention: "fused" });
    const explicit = await evaluate({ out }, feeds, { attention: "explicit" });
    expect(fused.out!.shape).toEqual([2, 7, 20]);
    for (const [i, value] of fused.out!.data.entries()) expect(value).toBeCloseTo(explicit.out!.data[i]!, 5);
    // Independent check of one element, by hand: batch 0, query 0, head 1, value column 3.
    const dot = (m: number) =>
      [0, 1, 2, 3].reduce((s, c) => s + feeds.q[1][4 + c]! * feeds.k[1][m * 8 + 4 + c]!, 0);
    const weights = [0, 1, 2, 3, 4].map((m) => Math.exp(dot(m) / 2));
    const total = weights.reduce((a, b) => a + b);
    const expected = weights.reduce((s, w, m) => s + (w / total) * feeds.v[1][m * 20 + 10 + 3]!, 0);
    expect(fused.out!.data[10 + 3]).toBeCloseTo(expected, 5);
  });

  it("normalises groups over all their pixels", async () => {
    const x = input("x", [symbol("b"), 4, symbol("h"), symbol("w")]);
    const out = groupNorm(x, constant([4], [1, 1, 2, 2]), constant([4], [0, 0, 1, 1]), 2, 1e-5);
    const data = values(4 * 6, 5);
    const { y } = await evaluate({ y: out }, { x: [[1, 4, 2, 3], data] });
    const group = Array.from(data.subarray(12, 24));
    const mu = group.reduce((a, b) => a + b) / 12;
    const variance = group.reduce((s, v) => s + (v - mu) ** 2, 0) / 12;
    expect(y!.data[13]).toBeCloseTo(((data[13]! - mu) / Math.sqrt(variance + 1e-5)) * 2 + 1, 4);
  });

  it("applies linear layers to inputs of any rank", async () => {
    const x = input("x", [symbol("b"), symbol("n"), 3]);
    const out = softmax(linear(x, constant([2, 3], [1, 0, 0, 0, 1, 1]), constant([2], [0, 0.5])));
    const { y } = await evaluate({ y: out }, { x: [[1, 2, 3], Float32Array.of(1, 2, 3, 4, 5, 6)] });
    expect(y!.shape).toEqual([1, 2, 2]);
    expect(y!.data[0]).toBeCloseTo(1 / (1 + Math.exp(5.5 - 1)), 5);
  });
});
