/** Graphs evaluated in float64, slowly and plainly: what rules and lowerings are compared with. */
import type { Dim } from "../../src/graph/dim.ts";
import { inOrder } from "../../src/graph/order.ts";
import {
  type BinaryFn,
  byKind,
  type OpTable,
  operandsOf,
  type ReduceFn,
  type UnaryFn,
  type Value,
} from "../../src/graph/value.ts";
import { erf } from "./erf.ts";
import { convolve, kernelOf, transposeConvolution } from "./float64-convolution.ts";

export interface Array64 {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

export type Fed = Readonly<
  Record<string, { readonly shape: readonly number[]; readonly data: ArrayLike<number | bigint> }>
>;

const count = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** An array whose element at each place is `at(place)`. */
function array64(shape: readonly number[], at: (place: readonly number[]) => number): Array64 {
  const data = new Float64Array(count(shape));
  const place = shape.map(() => 0);
  for (let i = 0; i < data.length; i++) {
    data[i] = at(place);
    for (let axis = shape.length - 1; axis >= 0 && ++place[axis]! === shape[axis]; axis--) place[axis] = 0;
  }
  return { shape, data };
}

/** The element at a place; axes of length 1 are read wherever the place lies on them, missing ones in front are left out. */
function read({ shape, data }: Array64, place: readonly number[]): number {
  const skipped = place.length - shape.length;
  return data[
    shape.reduce((index, length, axis) => index * length + (length === 1 ? 0 : place[axis + skipped]!), 0)
  ]!;
}

const UNARY: Record<UnaryFn, (x: number) => number> = {
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  erf,
  sqrt: Math.sqrt,
  exp: Math.exp,
  log: Math.log,
  neg: (x) => -x,
  sin: Math.sin,
  cos: Math.cos,
  tanh: Math.tanh,
  relu: (x) => Math.max(x, 0),
  silu: (x) => x / (1 + Math.exp(-x)),
  gelu: (x) => (x * (1 + erf(x * Math.SQRT1_2))) / 2,
};
const BINARY: Record<BinaryFn, (a: number, b: number) => number> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
};
const REDUCE: Record<ReduceFn, (values: readonly number[]) => number> = {
  sum: (values) => values.reduce((a, b) => a + b, 0),
  mean: (values) => values.reduce((a, b) => a + b, 0) / values.length,
  max: (values) => Math.max(...values),
};

const indices = (length: number): number[] => Array.from({ length }, (_, i) => i);
const total = (length: number, term: (i: number) => number): number =>
  indices(length).reduce((s, i) => s + term(i), 0);

/** Each row of the last axis, made anew. */
function byRow({ shape, data }: Array64, make: (row: Float64Array) => Float64Array): Array64 {
  const width = shape.at(-1)!;
  const out = new Float64Array(data.length);
  for (let at = 0; at < data.length; at += width) out.set(make(data.subarray(at, at + width)), at);
  return { shape, data: out };
}

function softmaxRow(row: Float64Array): Float64Array {
  const top = Math.max(...row);
  const exps = row.map((x) => Math.exp(x - top));
  const sum = exps.reduce((a, b) => a + b, 0);
  return exps.map((x) => x / sum);
}

function normalRow(epsilon: number): (row: Float64Array) => Float64Array {
  return (row) => {
    const mu = row.reduce((a, b) => a + b, 0) / row.length;
    const variance = row.reduce((s, x) => s + (x - mu) ** 2, 0) / row.length;
    return row.map((x) => (x - mu) / Math.sqrt(variance + epsilon));
  };
}

function attend(q: Array64, k: Array64, v: Array64, heads: number, scale: number): Array64 {
  const [b, n, width] = q.shape as [number, number, number];
  const [, m, vWidth] = v.shape as [number, number, number];
  const [d, e] = [width / heads, vWidth / heads];
  const scores = array64(
    [b, heads, n, m],
    ([i, h, row, column]) =>
      total(d, (c) => read(q, [i!, row!, h! * d + c]) * read(k, [i!, column!, h! * d + c])) * scale,
  );
  const map = byRow(scores, softmaxRow);
  return array64([b, n, vWidth], ([i, row, c]) =>
    total(m, (column) => read(map, [i!, Math.floor(c! / e), row!, column]) * read(v, [i!, column, c!])),
  );
}

interface Run {
  readonly value: Value;
  readonly fed: Fed;
  of(operand: Value): Array64;
  length(dim: Dim): number;
}

const EVALUATE = {
  input: ({ name }, { fed }) => ({
    shape: fed[name]!.shape,
    data: Float64Array.from(fed[name]!.data, Number),
  }),
  weight: ({ name }) => {
    throw new Error(`${name}: weights of files are not read here`);
  },
  constant: ({ shape, data }) => ({ shape, data: Float64Array.from<number | bigint>(data, Number) }),
  size: ({ dim }, { length }) => ({ shape: [], data: Float64Array.of(length(dim)) }),
  unary({ fn, x }, { of }) {
    const { shape, data } = of(x);
    return { shape, data: data.map(UNARY[fn]) };
  },
  binary({ fn, a, b }, { of, length, value }) {
    const [left, right] = [of(a), of(b)];
    return array64(value.shape.map(length), (at) => BINARY[fn](read(left, at), read(right, at)));
  },
  cast: ({ x }, { of }) => of(x),
  matmul({ a, b }, { of, length, value }) {
    const [left, right] = [of(a), of(b)];
    return array64(value.shape.map(length), (at) => {
      const [lead, row, column] = [at.slice(0, -2), at.at(-2)!, at.at(-1)!];
      return total(
        left.shape.at(-1)!,
        (i) => read(left, [...lead, row, i]) * read(right, [...lead, i, column]),
      );
    });
  },
  linear({ x, weight, bias }, { of, length, value }) {
    const [input, matrix, shift] = [of(x), of(weight), bias && of(bias)];
    return array64(value.shape.map(length), (at) => {
      const [lead, o] = [at.slice(0, -1), at.at(-1)!];
      const sum = total(matrix.shape[1]!, (i) => read(input, [...lead, i]) * read(matrix, [o, i]));
      return sum + (shift ? read(shift, [o]) : 0);
    });
  },
  conv2d({ x, weight, bias, ...how }, { of, length, value }) {
    const out = convolve(of(x), of(weight), value.shape.map(length), how);
    const shift = bias && of(bias);
    return shift ? array64(out.shape, (at) => read(out, at) + read(shift, [at[1]!])) : out;
  },
  convTranspose2d: ({ x, weight, ...how }, { of, length, value }) =>
    transposeConvolution(of(x), of(weight), value.shape.map(length), how),
  convKernel: ({ x, y, ...how }, { of, length, value }) =>
    kernelOf(of(x), of(y), value.shape.map(length), how),
  softmax: ({ x }, { of }) => byRow(of(x), softmaxRow),
  instanceNorm: ({ x, epsilon }, { of }) => byRow(of(x), normalRow(epsilon)),
  layerNorm({ x, weight, bias, epsilon }, { of }) {
    const [scale, shift] = [of(weight).data, of(bias).data];
    const normal = normalRow(epsilon);
    return byRow(of(x), (row) => normal(row).map((y, i) => y * scale[i]! + shift[i]!));
  },
  attention: ({ q, k, v, heads, scale }, { of }) => attend(of(q), of(k), of(v), heads, scale),
  reshape: ({ x }, { of, length, value }) => ({ shape: value.shape.map(length), data: of(x).data }),
  expand({ x }, { of, length, value }) {
    const from = of(x);
    return array64(value.shape.map(length), (at) => read(from, at));
  },
  transpose({ x, permutation }, { of, length, value }) {
    const from = of(x);
    return array64(value.shape.map(length), (at) =>
      read(
        from,
        permutation.map((_, i) => at[permutation.indexOf(i)]!),
      ),
    );
  },
  concat({ xs, axis }, { of, length, value }) {
    const parts = xs.map(of);
    return array64(value.shape.map(length), (at) => {
      const place = [...at];
      const part = parts.find((one) => {
        if (place[axis]! < one.shape[axis]!) return true;
        place[axis] = place[axis]! - one.shape[axis]!;
        return false;
      });
      return read(part!, place);
    });
  },
  slice({ x, axis, start }, { of, length, value }) {
    const from = of(x);
    return array64(value.shape.map(length), (at) => read(from, at.with(axis, at[axis]! + start)));
  },
  pad({ x, axis, before }, { of, length, value }) {
    const from = of(x);
    return array64(value.shape.map(length), (at) => {
      const own = at[axis]! - before;
      return own >= 0 && own < from.shape[axis]! ? read(from, at.with(axis, own)) : 0;
    });
  },
  gather({ x, indices: picked, axis }, { of, length, value }) {
    const [from, rows] = [of(x), of(picked)];
    const rank = rows.shape.length;
    return array64(value.shape.map(length), (at) => {
      const row = read(rows, at.slice(axis, axis + rank));
      const positive = row < 0 ? row + from.shape[axis]! : row;
      return read(from, [...at.slice(0, axis), positive, ...at.slice(axis + rank)]);
    });
  },
  oneHot({ indices: picked, depth }, { of, length, value }) {
    const rows = of(picked);
    return array64(value.shape.map(length), (at) => {
      const row = read(rows, at.slice(0, -1));
      return (row < 0 ? row + length(depth) : row) === at.at(-1) ? 1 : 0;
    });
  },
  after: ({ x }, { of }) => of(x),
  upsample2x({ x }, { of, length, value }) {
    const from = of(x);
    return array64(value.shape.map(length), ([b, c, h, w]) => read(from, [b!, c!, h! >> 1, w! >> 1]));
  },
  reduce({ fn, x, axis }, { of, length, value }) {
    const from = of(x);
    return array64(value.shape.map(length), (at) =>
      REDUCE[fn](indices(from.shape[axis]!).map((i) => read(from, at.toSpliced(axis, 0, i)))),
    );
  },
} satisfies OpTable<[Run], Array64>;

/** The values of symbols, told by the shapes that are fed. */
function symbolsOf(order: readonly Value[], fed: Fed): ReadonlyMap<string, number> {
  const symbols = new Map<string, number>();
  for (const { op } of order) {
    if (op.kind !== "input") continue;
    for (const [axis, dim] of op.port.shape.entries()) {
      if (typeof dim === "number" || dim.symbols.length !== 1) continue;
      symbols.set(dim.symbols[0]!, fed[op.name]!.shape[axis]! / dim.factor);
    }
  }
  return symbols;
}

/** What some values are where the graph is fed so. */
export function evaluate64(outputs: readonly Value[], fed: Fed): readonly Array64[] {
  const order = inOrder(outputs, ({ op }) => operandsOf(op));
  const symbols = symbolsOf(order, fed);
  const length = (dim: Dim): number =>
    typeof dim === "number" ? dim : dim.symbols.reduce((n, name) => n * symbols.get(name)!, dim.factor);
  const results = new Map<Value, Array64>();
  const of = (operand: Value): Array64 => results.get(operand)!;
  for (const value of order) {
    const result = byKind<[Run], Array64>(EVALUATE, value.op, { value, fed, of, length });
    if (result.data.length !== count(value.shape.map(length)))
      throw new Error(`a ${value.op.kind} of shape [${result.shape}] where the graph says otherwise`);
    results.set(value, result);
  }
  return outputs.map(of);
}
