import { afterAll, describe, expect, it } from "vitest";
import { evaluate64, type Fed } from "../../../test/support/float64.ts";
import { createEngine } from "../../runtime/index.node.ts";
import { type FloatTensor, floatTensor } from "../../tensor/index.ts";
import {
  add,
  after,
  applyMap,
  attention,
  attentionMap,
  cast,
  compile,
  concat,
  constant,
  conv2d,
  convKernel,
  convTranspose2d,
  cos,
  type Dim,
  div,
  erf,
  exp,
  expand,
  gather,
  gelu,
  gradientName,
  groupNorm,
  inputs,
  instanceNorm,
  layerNorm,
  linear,
  log,
  matmul,
  mean,
  mul,
  mulDims,
  neg,
  oneHot,
  pad,
  port,
  quickGelu,
  reshape,
  sigmoid,
  silu,
  sin,
  size,
  slice,
  softmax,
  split,
  sqrt,
  sub,
  sum,
  symbol,
  tanh,
  transpose,
  upsample2x,
  type Value,
  withGradients,
} from "../index.ts";

type Values = Readonly<Record<string, Value>>;

/** Lengths that the graphs do not know until they run. */
const [n, m, f] = [symbol("n"), symbol("m"), symbol("f", 2)];
const LENGTHS: Readonly<Record<string, number>> = { n: 3, m: 2, f: 2 };
const lengthOf = (dim: Dim): number =>
  typeof dim === "number" ? dim : dim.symbols.reduce((length, name) => length * LENGTHS[name]!, dim.factor);

/** Deterministic values in −0.9…0.9, different for every seed. */
function values(shape: readonly Dim[], seed: number): FloatTensor {
  const lengths = shape.map(lengthOf);
  const length = lengths.reduce((a, b) => a * b, 1);
  return floatTensor(
    lengths,
    Float32Array.from({ length }, (_, i) => Math.sin(i * 12.9898 + seed * 78.233) * 0.9),
  );
}

/** One number that every element of `y` has a part of its own in. */
const scored = (y: Value): Value => sum(sin(add(mul(reshape(y, [mulDims(...y.shape, 1)]), 3), 0.4)), 0);

/** The slope of `loss` in each element of the input `name`, by central differences. */
function slopes(loss: Value, fed: Fed, name: string): Float64Array {
  const step = 1e-5;
  const from = Float64Array.from<number | bigint>(fed[name]!.data, Number);
  const lossAt = (i: number, value: number): number => {
    const moved = { shape: fed[name]!.shape, data: from.with(i, value) };
    return evaluate64([loss], { ...fed, [name]: moved })[0]!.data[0]!;
  };
  return from.map((x, i) => (lossAt(i, x + step) - lossAt(i, x - step)) / (2 * step));
}

interface Case {
  readonly name: string;
  readonly shapes: Readonly<Record<string, readonly Dim[]>>;
  readonly build: (values: Values) => Value;
}

const one = (name: string, build: (x: Value) => Value, shape: readonly Dim[] = [2, n]): Case => ({
  name,
  shapes: { x: shape },
  build: ({ x }) => build(x!),
});
const two = (
  name: string,
  build: (a: Value, b: Value) => Value,
  a: readonly Dim[],
  b: readonly Dim[],
): Case => ({ name, shapes: { a, b }, build: (of) => build(of.a!, of.b!) });

const picks = (shape: readonly number[], ...at: readonly number[]): Value =>
  constant(shape, BigInt64Array.from(at, BigInt));
const positive = (x: Value): Value => add(mul(x, x), 0.5);

function convolution(
  name: string,
  x: readonly Dim[],
  w: readonly number[],
  how: Parameters<typeof conv2d>[3],
): Case {
  return {
    name,
    shapes: { x, w, bias: [w[0]!] },
    build: (of) => conv2d(of.x!, of.w!, of.bias!, how),
  };
}

/** A convolution whose kernel no run is fed, so that it may be arranged before. */
function known(
  kernel: string,
  x: readonly Dim[],
  w: readonly number[],
  how: Parameters<typeof conv2d>[3],
): Case {
  return one(
    `conv2d by ${kernel} that is known`,
    (y) => conv2d(y, constant(w, values(w, 7).data), null, how),
    x,
  );
}

const CASES: readonly Case[] = [
  one("sigmoid", sigmoid),
  one("erf", erf),
  one("sqrt", (x) => sqrt(positive(x))),
  one("exp", exp),
  one("log", (x) => log(positive(x))),
  one("neg", neg),
  one("sin", sin),
  one("cos", cos),
  one("tanh", tanh),
  one("silu", silu),
  one("gelu", gelu),
  one("quickGelu", quickGelu),
  two("add, repeated along axes in front, within and behind", add, [2, n, 4], [n, 1]),
  two("add of a scalar", add, [], [2, n]),
  two("sub, both repeated", sub, [2, 1, n], [3, 1]),
  two("mul, repeated along several axes", mul, [2, n, 2, m], [1, n, 1, 1]),
  two("div", (a, b) => div(a, positive(b)), [n, 2], [2]),
  one("a value used three times", (x) => add(mul(x, x), div(x, positive(x)))),
  one("cast", (x) => cast(cast(x, "float64"), "float32")),
  two("matmul", matmul, [2, n], [n, m]),
  two("matmul of stacks", matmul, [2, n, 4], [2, 4, m]),
  two("matmul of a stack with a matrix", matmul, [m, 2, n, 3], [3, 2]),
  two("matmul of a matrix with a stack", matmul, [2, n], [m, n, 2]),
  two("matmul with a stack of one", matmul, [3, 2, n], [1, n, 3]),
  two("matmul repeated within", matmul, [2, m, 2, 3], [1, 3, n]),
  {
    name: "linear",
    shapes: { x: [2, n, 3], w: [4, 3], bias: [4] },
    build: (of) => linear(of.x!, of.w!, of.bias!),
  },
  two("linear of a matrix, without bias", (x, w) => linear(x, w), [n, 3], [2, 3]),
  convolution("conv2d 3×3", [n, 2, m, n], [3, 2, 3, 3], { padding: 1 }),
  convolution("conv2d 1×1", [2, 3, m, n], [2, 3, 1, 1], {}),
  convolution("conv2d over time", [1, 2, n, 4], [3, 2, 3, 1], { padding: [1, 0, 1, 0] }),
  convolution("conv2d with stride 2", [2, 2, f, f], [3, 2, 3, 3], { stride: 2, padding: 1 }),
  convolution("conv2d padded on one side", [1, 2, f, 6], [2, 2, 3, 3], { stride: 2, padding: [0, 0, 1, 1] }),
  convolution("conv2d whose stride leaves rows over", [2, 2, 6, 7], [2, 2, 2, 2], {
    stride: 3,
    padding: [1, 0, 0, 1],
  }),
  convolution("conv2d without padding", [2, 1, 5, 4], [2, 1, 3, 2], {}),
  known("a 3×3 kernel", [n, 2, m, n], [3, 2, 3, 3], { padding: 1 }),
  known("a kernel over time", [1, 2, n, 4], [3, 2, 3, 1], { padding: [1, 0, 1, 0] }),
  known("a 1×1 kernel", [2, 3, m, n], [2, 3, 1, 1], {}),
  known("an uneven kernel, padded on two sides", [2, 1, 5, 4], [2, 1, 3, 2], { padding: [2, 0, 0, 1] }),
  known("a kernel that lies beside the picture too", [1, 2, 3, 3], [2, 2, 2, 2], { padding: 3 }),
  known("a 3×3 kernel with stride 2", [2, 2, f, f], [3, 2, 3, 3], { stride: 2, padding: 1 }),
  {
    name: "convTranspose2d",
    shapes: { y: [2, 3, n, 2], w: [3, 2, 3, 3] },
    build: (of) => convTranspose2d(of.y!, of.w!, [mulDims(n, 2), 4], { stride: 2, padding: 1 }),
  },
  {
    name: "convKernel",
    shapes: { x: [2, 3, mulDims(n, 2), 5], y: [2, 2, n, 3] },
    build: (of) => convKernel(of.x!, of.y!, [3, 3], { stride: 2, padding: 1 }),
  },
  one("softmax", softmax, [2, 2, n]),
  one("instanceNorm", (x) => instanceNorm(x, 1e-2), [2, 3, mulDims(n, 2)]),
  {
    name: "layerNorm",
    shapes: { x: [2, n, 5], w: [5], bias: [5] },
    build: (of) => layerNorm(of.x!, of.w!, of.bias!, 1e-3),
  },
  {
    name: "groupNorm",
    shapes: { x: [2, 4, n, m], w: [4], bias: [4] },
    build: (of) => groupNorm(of.x!, of.w!, of.bias!, 2, 1e-3),
  },
  {
    name: "attention",
    shapes: { q: [2, n, 4], k: [2, m, 4], v: [2, m, 6] },
    build: (of) => attention(of.q!, of.k!, of.v!, 2),
  },
  one("attention to itself", (x) => attention(x, x, x, 2, 0.8), [m, n, 4]),
  {
    name: "attention with an open map",
    shapes: { q: [2, 3, 4], k: [2, m, 4], v: [2, m, 4], mask: [3, m] },
    build: (of) => applyMap(attentionMap(of.q!, of.k!, 2, { mask: of.mask! }), of.v!),
  },
  one("reshape", (x) => mul(reshape(x, [n, 4]), constant([4], [1, 2, 3, 4])), [2, mulDims(n, 2)]),
  two("expand", (a, b) => mul(expand(a, [2, n, m]), b), [2, 1, m], [n, 1]),
  one("transpose", (x) => mul(transpose(x, [2, 0, 1]), constant([2, 1], [2, 3])), [2, n, m]),
  two("concat", (a, b) => concat([a, b, a], 1), [2, 3], [2, 1]),
  two(
    "concat along an axis of unknown length",
    (a, b) => concat([a, b], 1),
    [2, n, 2],
    [2, mulDims(n, 2), 2],
  ),
  one("slice", (x) => slice(x, 0, 1, 3), [4, n]),
  one("split", (x) => mul(...(split(x, 1, 2) as [Value, Value])), [n, 4]),
  one(
    "slices side by side, before, between and over one another",
    (x) => {
      const part = (start: number, end: number, factor: number): Value =>
        sum(mul(slice(x, 1, start, end), factor), 1);
      const parts = [part(2, 3, 5), part(0, 2, 3), part(4, 6, 7), part(1, 4, 2), part(5, 7, 4)];
      return parts.reduce((a, b) => add(sin(a), b));
    },
    [n, 8],
  ),
  one("pad", (x) => add(pad(x, 1, 1, 2), 0.2), [n, 2]),
  one("gather of rows, some twice and one never", (x) => gather(x, picks([2, 2], 0, 2, 2, 0), 1), [2, n, 2]),
  one("gather along the first axis, from the end", (x) => gather(x, picks([2], -1, 0), 0), [n, 2]),
  one("gather along the last axis", (x) => gather(x, picks([3], 1, 1, 0), -1), [n, 2]),
  one("oneHot beside", (x) => mul(x, oneHot(picks([2], 2, -1), n))),
  one("size", (x) => div(x, size(mulDims(n, 2)))),
  one("after", (x) => after(mul(x, x), sin(x))),
  one(
    "after, of a shape that is known, between others",
    (x) => reshape(after(after(reshape(x, [6]), sin(x)), x), [3, 2]),
    [2, 3],
  ),
  two("after, of one number and after one", (a, b) => mul(after(a, b), after(b, a)), [], [2, n]),
  one("upsample2x", upsample2x, [2, 1, n, m]),
  one("sum", (x) => sum(x, 0)),
  one("mean over an axis of unknown length", (x) => mean(x, 1), [2, n, 2]),
];

const engine = createEngine({ threads: 1 });
afterAll(() => engine.close());

describe.each(CASES)("$name", ({ shapes, build }) => {
  const ports = Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, port(shape)]));
  const names = Object.keys(ports);
  const read = inputs(ports) as Values;
  const fed = Object.fromEntries(names.map((name, i) => [name, values(shapes[name]!, i + 1)]));
  const y = build(read);
  const loss = scored(y);
  const graph = withGradients({ inputs: ports, outputs: { loss, result: y } }, "loss", names);
  const outputs = Object.entries(graph.outputs);

  it("has the gradient that central differences find", () => {
    for (const name of names) {
      const [gradient] = evaluate64([graph.outputs[gradientName(name)]!], fed);
      expect(gradient!.shape).toEqual(fed[name]!.shape);
      const expected = slopes(loss, fed, name);
      expect(Math.max(...expected.map(Math.abs))).toBeGreaterThan(1e-3);
      expect(gradient!.data).toBeAllclose(expected, { absolute: 1e-7, relative: 1e-6 });
    }
  });

  it("is computed alike by the runtime", async () => {
    const session = await engine.open(compile(graph, engine.lowering));
    const results: Readonly<Record<string, FloatTensor>> = await session.run(fed);
    await session.dispose();
    const expected = evaluate64(
      outputs.map(([, value]) => value),
      fed,
    );
    for (const [i, [name]] of outputs.entries()) {
      expect(results[name]).toBeAllclose(expected[i]!, { absolute: 2e-5, relative: 2e-5 });
    }
  });
});
