import { cast } from "../ops/arithmetic.ts";
import { resultOf } from "../result.ts";
import {
  byKind,
  mapOperands,
  type OpKind,
  type OpTable,
  operandsOf,
  type UnaryFn,
  type Value,
} from "../value.ts";
import { type Lowering, loweredOrder } from "./lowering.ts";

/** In which type an operation is computed, and what becomes of its operands. */
type Kept =
  /** In half precision. */
  | "narrow"
  /** In single precision, of operands that may have been computed in half. */
  | "wide"
  /** In single precision, with all that leads to it. */
  | "exact"
  /** In the type that its operand has: nothing is computed. */
  | "alike";

/** A function that overflows, or loses all of its digits, in half precision is computed in single. */
const UNARY = {
  sigmoid: "narrow",
  silu: "narrow",
  gelu: "narrow",
  erf: "narrow",
  relu: "narrow",
  neg: "narrow",
  tanh: "narrow",
  sqrt: "wide",
  exp: "wide",
  log: "wide",
  // Timesteps go to 1000, where half precision knows no fraction of a radian.
  sin: "exact",
  cos: "exact",
} as const satisfies Record<UnaryFn, Kept>;

/** Products and what lies between them in half precision; sums over many values, norms and softmax in single. */
const KEPT: OpTable<[], Kept> = {
  input: () => "exact",
  weight: () => "exact",
  constant: () => "exact",
  size: () => "exact",
  unary: ({ fn }) => UNARY[fn],
  binary: () => "narrow",
  cast: () => "alike",
  matmul: () => "narrow",
  linear: () => "narrow",
  conv2d: () => "narrow",
  convTranspose2d: () => "narrow",
  convKernel: () => "narrow",
  attention: () => "narrow",
  concat: () => "narrow",
  softmax: () => "wide",
  instanceNorm: () => "wide",
  layerNorm: () => "wide",
  reduce: ({ fn }) => (fn === "max" ? "alike" : "wide"),
  oneHot: () => "alike",
  reshape: () => "alike",
  expand: () => "alike",
  transpose: () => "alike",
  slice: () => "alike",
  pad: () => "alike",
  after: () => "alike",
  gather: () => "alike",
  upsample2x: () => "alike",
};

/** What a softmax is taken of, back to the product of queries and keys: scores may be larger than half precision holds. */
const SCORES: ReadonlySet<OpKind> = new Set(["binary", "reshape", "transpose", "matmul"]);

function markScores(x: Value, marked: Set<Value>): void {
  if (!SCORES.has(x.op.kind) || marked.has(x)) return;
  marked.add(x);
  if (x.op.kind !== "matmul") for (const operand of operandsOf(x.op)) markScores(operand, marked);
}

const isFloat = ({ dtype }: Value): boolean => dtype === "float32" || dtype === "float16";

/**
 * The same outputs, float32 as before, computed in half precision: what is fed and what comes out stay as they are, weights
 * are rounded when the graph is opened. Ops that a lowering replaces are replaced here, so that their parts are narrowed one
 * by one.
 */
export function inHalfPrecision(outputs: readonly Value[], lowering: Lowering): readonly Value[] {
  const { order, rewritten } = loweredOrder(outputs, lowering);
  const scores = new Set<Value>();
  for (const { op } of order) if (op.kind === "softmax") markScores(op.x, scores);

  const done = new Map<Value, Value>();
  const casts = { float16: new Map<Value, Value>(), float32: new Map<Value, Value>() };
  const doneOf = (value: Value): Value => done.get(value) ?? value;
  const as = (dtype: "float16" | "float32", value: Value): Value => {
    const found = doneOf(value);
    if (!isFloat(found) || found.dtype === dtype) return found;
    const known = casts[dtype].get(found) ?? cast(found, dtype);
    casts[dtype].set(found, known);
    return known;
  };
  const wide = (value: Value): Value => as("float32", value);
  const narrow = (value: Value): Value => as("float16", value);

  const halved = (value: Value): Value => {
    const { op } = value;
    if (op.kind === "cast" && value.dtype === "float32" && isFloat(op.x)) return doneOf(op.x);
    // Anything but a float is counted exactly.
    if (op.kind === "cast" && !isFloat(value)) return value;
    switch (scores.has(value) ? "wide" : byKind<[], Kept>(KEPT, op)) {
      case "exact":
        return value;
      case "alike":
        return resultOf(mapOperands(op, doneOf));
      case "wide":
        return resultOf(mapOperands(op, wide));
      case "narrow":
        return resultOf(mapOperands(op, narrow));
    }
  };
  for (const value of order) {
    const other = rewritten.get(value);
    done.set(value, other ? doneOf(other) : halved(value));
  }
  return outputs.map((value) => (value.dtype === "float32" ? wide(value) : doneOf(value)));
}
