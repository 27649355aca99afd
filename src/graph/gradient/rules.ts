import { FateZeroError } from "../../errors.ts";
import type { Dim } from "../dim.ts";
import { add, cast, cos, div, erf, exp, mul, neg, sigmoid, sin, sub, sum } from "../ops/arithmetic.ts";
import { after, expand, pad, reshape, slice, transpose } from "../ops/layout.ts";
import { scalar, size } from "../ops/leaf.ts";
import { conv2d, convKernel, convTranspose2d, matmul } from "../ops/product.ts";
import {
  type BinaryFn,
  byKind,
  type Op,
  type OpTable,
  type ReduceFn,
  type UnaryFn,
  type Value,
} from "../value.ts";
import { attentionAdjoints } from "./attention.ts";
import { partOfConcat, scatter, sumOfPixels } from "./layout.ts";
import { normalisation } from "./norm.ts";
import { asMatrix, sumOfRows, sumOver, sumTo } from "./sums.ts";

/** An operand's adjoint, built when it is asked for; null where the result does not change with it. */
type Adjoint = (() => Value) | null;

/** What an operation gave in the forward pass, and the adjoint of that. */
interface Given {
  readonly y: Value;
  readonly g: Value;
  /** Which operands' adjoints will be asked for. */
  readonly wanted: readonly boolean[];
}

/** The matrices of a stack, transposed. */
function turned(x: Value): Value {
  const lead = x.shape.length - 2;
  return transpose(x, [...Array(lead).keys(), lead + 1, lead]);
}

const kernelOf = ({ shape }: Value): [number, number] => shape.slice(2) as [number, number];
const pictureOf = ({ shape }: Value): [Dim, Dim] => [shape[2]!, shape[3]!];

/** An adjoint whose axis was dropped, repeated along it. */
function repeated(g: Value, { shape }: Value, axis: number): Value {
  return expand(
    reshape(
      g,
      shape.map((dim, i) => (i === axis ? 1 : dim)),
    ),
    shape,
  );
}

function unknown(what: string): never {
  throw new FateZeroError(
    "gradient-unknown",
    `There is no rule for the gradient of ${what}.`,
    "Write it with other operations, or add a rule to the table in src/graph/gradient/rules.ts.",
  );
}

/** f'(x)·g of y = f(x). */
const UNARY: Record<UnaryFn, (x: Value, given: Given) => Value> = {
  sigmoid: (_, { y, g }) => mul(mul(g, y), sub(scalar(1), after(y, g))),
  erf(x, { g }) {
    const later = after(x, g);
    return mul(g, mul(exp(neg(mul(later, later))), 2 / Math.sqrt(Math.PI)));
  },
  sqrt: (_, { y, g }) => div(mul(g, 0.5), y),
  exp: (_, { y, g }) => mul(g, y),
  log: (x, { g }) => div(g, x),
  neg: (_, { g }) => neg(g),
  sin: (x, { g }) => mul(g, cos(after(x, g))),
  cos: (x, { g }) => neg(mul(g, sin(after(x, g)))),
  tanh(_, { y, g }) {
    const later = after(y, g);
    return mul(g, mul(sub(scalar(1), later), add(later, 1)));
  },
  relu: () => unknown("a rectifier (ReLU)"),
  // With s = σ(x) and y = x·s: s·(1 + x − y).
  silu(x, { g }) {
    const later = after(x, g);
    const s = sigmoid(later);
    return mul(g, mul(s, add(sub(later, mul(later, s)), 1)));
  },
  // With t = x/√2: Φ(x) + x·φ(x) = (1 + erf(t))/2 + t·exp(−t²)/√π.
  gelu(x, { g }) {
    const t = mul(after(x, g), Math.SQRT1_2);
    const density = mul(t, exp(sub(scalar(-Math.log(Math.PI) / 2), mul(t, t))));
    return mul(g, add(add(mul(erf(t), 0.5), 0.5), density));
  },
};

/** What a and b have of g, before the sum over axes along which they were repeated. */
const BINARY: Record<BinaryFn, (a: Value, b: Value, given: Given) => [() => Value, () => Value]> = {
  add: (_a, _b, { g }) => [() => g, () => g],
  sub: (_a, _b, { g }) => [() => g, () => neg(g)],
  mul: (a, b, { g }) => [() => mul(g, b), () => mul(g, a)],
  div: (_a, b, { y, g }) => [() => div(g, b), () => neg(div(mul(g, y), b))],
};

const REDUCE: Record<ReduceFn, (x: Value, axis: number, g: Value) => Value> = {
  sum: (x, axis, g) => repeated(g, x, axis),
  mean: (x, axis, g) => repeated(div(g, size(x.shape[axis]!)), x, axis),
  max: () => unknown("a maximum over an axis"),
};

/**
 * What reverse-mode differentiation knows: of an operation y = f(operands) and the adjoint g of y, the adjoint of each
 * operand, in the order in which the operation reads them. Every rule is made of ordinary operations, so it has a
 * gradient itself. What a rule makes of the forward pass alone waits for g (`after`): a runtime that made it early would
 * have to hold it through the whole pass.
 */
const RULES = {
  input: () => [],
  weight: () => [],
  constant: () => [],
  size: () => [],
  unary: ({ fn, x }, given) => [() => UNARY[fn](x, given)],
  binary({ fn, a, b }, given) {
    const [ofA, ofB] = BINARY[fn](a, b, given);
    return [() => sumTo(ofA(), a.shape), () => sumTo(ofB(), b.shape)];
  },
  cast: ({ x }, { g }) => [() => cast(g, x.dtype)],
  matmul: ({ a, b }, { g }) => [
    () => sumTo(matmul(g, turned(b)), a.shape),
    () =>
      b.shape.length === 2 ? matmul(turned(asMatrix(a)), asMatrix(g)) : sumTo(matmul(turned(a), g), b.shape),
  ],
  linear: ({ x, weight }, { g }) => [
    () => matmul(g, weight),
    () => matmul(turned(asMatrix(g)), asMatrix(x)),
    () => sum(asMatrix(g), 0),
  ],
  // ⟨conv(x, w), y⟩ is linear in each of x, w and y: conv2d, convTranspose2d and convKernel are its three derivatives.
  conv2d: ({ x, weight, ...how }, { g }) => [
    () => convTranspose2d(g, weight, pictureOf(x), how),
    () => convKernel(after(x, g), g, kernelOf(weight), how),
    () => sumOver(g, [true, false, true, true]),
  ],
  convTranspose2d: ({ x, weight, ...how }, { g }) => [
    () => conv2d(g, weight, null, how),
    () => convKernel(g, x, kernelOf(weight), how),
  ],
  convKernel: ({ x, y, ...how }, { g }) => [
    () => convTranspose2d(y, g, pictureOf(x), how),
    () => conv2d(x, g, null, how),
  ],
  softmax: (_, { y, g }) => [() => mul(y, sub(g, sumOfRows(mul(g, y))))],
  instanceNorm: ({ x, epsilon }, { g }) => [() => normalisation(after(x, g), epsilon).toInput(g)],
  layerNorm({ x, weight, epsilon }, { g }) {
    const normal = normalisation(after(x, g), epsilon);
    return [
      () => normal.toInput(mul(g, weight)),
      () => sumTo(mul(g, normal.y), weight.shape),
      () => sumTo(g, weight.shape),
    ];
  },
  attention: (op, { y, g, wanted }) => attentionAdjoints(op, y, g, wanted).map((x) => x && (() => x)),
  reshape: ({ x }, { g }) => [() => reshape(g, x.shape)],
  expand: ({ x }, { g }) => [() => sumTo(g, x.shape)],
  transpose: ({ permutation }, { g }) => [
    () =>
      transpose(
        g,
        permutation.map((_, axis) => permutation.indexOf(axis)),
      ),
  ],
  concat: (op, { g }) => op.xs.map((_, index) => () => partOfConcat(op, g, index)),
  slice: ({ x, axis, start, end }, { g }) => [() => pad(g, axis, start, (x.shape[axis] as number) - end)],
  pad: ({ x, axis, before }, { g }) => [() => slice(g, axis, before, before + (x.shape[axis] as number))],
  gather: (op, { g }) => [() => scatter(op, g), null],
  oneHot: () => [null],
  after: (_, { g }) => [() => g, null],
  upsample2x: ({ x }, { g }) => [() => sumOfPixels(x, g)],
  reduce: ({ fn, x, axis }, { g }) => [() => REDUCE[fn](x, axis, g)],
} satisfies OpTable<[Given], readonly Adjoint[]>;

/** The adjoints of what `op` reads. Throws FateZeroError `gradient-unknown`, also later, for an operation without a rule. */
export function adjointsOf(op: Op, given: Given): readonly Adjoint[] {
  return byKind<[Given], readonly Adjoint[]>(RULES, op, given);
}
