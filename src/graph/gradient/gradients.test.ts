import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { evaluate64, type Fed } from "../../../test/support/float64.ts";
import {
  add,
  attention,
  compile,
  concat,
  conv2d,
  div,
  type Graph,
  gather,
  gradientName,
  gradients,
  input,
  inputs,
  LOWERINGS,
  layerNorm,
  matmul,
  max,
  mean,
  mul,
  oneHot,
  port,
  reshape,
  sigmoid,
  sin,
  slice,
  softmax,
  sub,
  sum,
  tanh,
  transpose,
  type Value,
  withGradients,
} from "../index.ts";

/** Steps from values of [3, 3] to another such value. */
const STEPS: readonly ((a: Value, b: Value) => Value)[] = [
  add,
  sub,
  mul,
  (a, b) => div(a, add(mul(b, b), 0.7)),
  matmul,
  (a, b) => softmax(add(a, b)),
  (a) => sigmoid(a),
  (a) => tanh(a),
  (a) => transpose(a, [1, 0]),
  (a, b) => concat([slice(a, 0, 1, 3), slice(b, 0, 0, 1)], 0),
  (a, b) => add(a, reshape(mean(b, 1), [3, 1])),
  (a, b) => mul(a, sum(b, 0)),
  (a, b) => layerNorm(a, reshape(slice(b, 0, 0, 1), [3]), reshape(slice(b, 0, 2, 3), [3]), 0.1),
  (a, b) => {
    const [q, k] = [reshape(a, [1, 3, 3]), reshape(b, [1, 3, 3])];
    return reshape(attention(q, k, k, 3), [3, 3]);
  },
  (a, b) => {
    const kernel = reshape(b, [1, 1, 3, 3]);
    return reshape(conv2d(reshape(a, [1, 1, 3, 3]), kernel, null, { padding: 1 }), [3, 3]);
  },
];

const PORTS = { a: port([3, 3]), b: port([3, 3]) };

/** Numbers that choose a step and its operands among all values before it: values are used once, often or never. */
const programs = fc.record({
  steps: fc.array(fc.tuple(fc.nat(), fc.nat(), fc.nat()), { minLength: 1, maxLength: 8 }),
  numbers: fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 18, maxLength: 18 }),
  cuts: fc.array(fc.nat(), { maxLength: 3 }),
});

type Program = typeof programs extends fc.Arbitrary<infer P> ? P : never;

function built({ steps, numbers, cuts }: Program) {
  const { a, b } = inputs(PORTS);
  const values: Value[] = [a, b];
  for (const [step, i, j] of steps) {
    const [left, right] = [values[i % values.length]!, values[j % values.length]!];
    values.push(STEPS[step % STEPS.length]!(left, right));
  }
  const last = values.at(-1)!;
  const loss = sum(sin(reshape(last, [9])), 0);
  const fed: Fed = {
    a: { shape: [3, 3], data: numbers.slice(0, 9) },
    b: { shape: [3, 3], data: numbers.slice(9) },
  };
  return { a, b, loss, fed, borders: cuts.map((cut) => values[cut % values.length]!) };
}

/** The slope of `loss` along a direction, by central differences. */
function slopeAlong(loss: Value, fed: Fed, direction: readonly number[]): number {
  const step = 1e-5;
  const lossAt = (t: number): number => {
    const moved = (name: "a" | "b", from: number) => ({
      shape: [3, 3],
      data: Array.from({ length: 9 }, (_, i) => Number(fed[name]!.data[i]) + t * direction[from + i]!),
    });
    return evaluate64([loss], { a: moved("a", 0), b: moved("b", 9) })[0]!.data[0]!;
  };
  return (lossAt(step) - lossAt(-step)) / (2 * step);
}

describe("gradients of any graph", () => {
  it("are its slopes, whatever is used how often and wherever it is cut", () => {
    fc.assert(
      fc.property(programs, (program) => {
        const { a, b, loss, fed, borders } = built(program);
        const kept = evaluate64(gradients(loss, [a, b]), fed);
        const again = evaluate64(gradients(loss, [a, b], { borders }), fed);
        const direction = Array.from({ length: 18 }, (_, i) => Math.cos(i * 1.7 + 0.2));
        const along = (of: typeof kept): number =>
          of.flatMap(({ data }) => [...data]).reduce((total, g, i) => total + g * direction[i]!, 0);
        const expected = slopeAlong(loss, fed, direction);
        expect([along(kept)]).toBeAllclose([expected], { absolute: 1e-6, relative: 1e-5 });
        for (const [i, { data }] of again.entries())
          expect(data).toBeAllclose(kept[i]!.data, { absolute: 1e-9 });
      }),
      { numRuns: 300 },
    );
  });
});

/** Kinds of the nodes that a graph is compiled to, as they lie in the model. */
function nodesOf(graph: Graph): string {
  return new TextDecoder("latin1").decode(compile(graph, LOWERINGS.cpu).model);
}

describe("a graph with gradients", () => {
  const ports = { x: port([2, 3]), w: port([3, 3]), v: port([3, 3]) };
  const read = inputs(ports);
  const loss = sum(sin(reshape(matmul(tanh(matmul(read.x, read.w)), read.v), [6])), 0);
  const graph = { inputs: ports, outputs: { loss } };

  it("computes only what the chosen inputs need", () => {
    const late = nodesOf(withGradients(graph, "loss", ["v"]));
    const early = nodesOf(withGradients(graph, "loss", ["x"]));
    const count = (text: string, node: string): number => text.split(node).length - 1;
    // Of two products v's gradient needs the second one's right side, x's the left side of both.
    expect(count(late, "MatMul_")).toBe(count(nodesOf(graph), "MatMul_") + 1);
    expect(count(early, "MatMul_")).toBe(count(nodesOf(graph), "MatMul_") + 2);
  });

  it("gives zeros for what the output does not depend on, and all shares of an input that was read twice", () => {
    const more = { ...ports, unread: port([4]) };
    const twice = mul(input("x", ports.x), input("x", ports.x));
    const squares = { inputs: more, outputs: { loss: sum(reshape(twice, [6]), 0) } };
    const given = withGradients(squares, "loss", ["x", "unread"]);
    const x = { shape: [2, 3], data: [1, 2, 3, 4, 5, 6] };
    const outputs = [given.outputs[gradientName("x")], given.outputs[gradientName("unread")]];
    const [ofX, ofUnread] = evaluate64(outputs, { x, unread: { shape: [4], data: [1, 1, 1, 1] } });
    expect([...ofX!.data]).toEqual([2, 4, 6, 8, 10, 12]);
    expect([...ofUnread!.data]).toEqual([0, 0, 0, 0]);
  });

  it("names an operation that has no rule, and only where its gradient is needed", () => {
    const top = (x: Value): Value => max(x, 0);
    const through = sum(top(read.x), 0);
    expect(() => gradients(through, [read.x])).toThrow(
      expect.objectContaining({
        code: "gradient-unknown",
        message: expect.stringContaining("a maximum over an axis"),
      }),
    );
    expect(() => gradients(sum(mul(top(read.x), sum(read.w, 0)), 0), [read.w])).not.toThrow();
  });

  it("refuses an output that is no single number, whole numbers and names that it does not have", () => {
    expect(() => gradients(read.x, [read.x])).toThrow("the output [2, 3] is no single number");
    const at = input("at", port([2], "int64"));
    const picked = sum(reshape(gather(read.x, at, 0), [6]), 0);
    expect(() => gradients(picked, [at])).toThrow("int64 [2] has none");
    expect(() => gradients(sum(reshape(oneHot(at, 2), [4]), 0), [read.x])).not.toThrow();
    // @ts-expect-error: an output that the graph does not have
    expect(() => withGradients(graph, "lost", ["x"])).toThrow('no output "lost"');
    expect(() => withGradients(graph, "loss", ["y"])).toThrow('no input "y"');
  });
});
