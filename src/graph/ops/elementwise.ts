import type { DType } from "../../tensor/index.ts";
import { type Dim, equalDims, formatDims } from "../dim.ts";
import { GraphShapeError } from "../errors.ts";
import { type BinaryFn, scalar, type UnaryFn, type Value } from "../value.ts";

function broadcast(fn: string, a: Value, b: Value): Dim[] {
  const rank = Math.max(a.shape.length, b.shape.length);
  const shape: Dim[] = [];
  for (let i = 0; i < rank; i++) {
    const da = a.shape[a.shape.length - rank + i] ?? 1;
    const db = b.shape[b.shape.length - rank + i] ?? 1;
    if (equalDims(da, db) || db === 1) shape.push(da);
    else if (da === 1) shape.push(db);
    else
      throw new GraphShapeError(
        `${fn}: shapes ${formatDims(a.shape)} and ${formatDims(b.shape)} do not broadcast`,
      );
  }
  return shape;
}

function binary(fn: BinaryFn, a: Value, b: Value | number): Value {
  const other = typeof b === "number" ? scalar(b) : b;
  if (a.dtype !== other.dtype) throw new GraphShapeError(`${fn}: types ${a.dtype} and ${other.dtype} differ`);
  return { op: { kind: "binary", fn, a, b: other }, dtype: a.dtype, shape: broadcast(fn, a, other) };
}

function unary(fn: UnaryFn, x: Value): Value {
  return { op: { kind: "unary", fn, x }, dtype: x.dtype, shape: x.shape };
}

export const add = (a: Value, b: Value | number): Value => binary("add", a, b);
export const sub = (a: Value, b: Value | number): Value => binary("sub", a, b);
export const mul = (a: Value, b: Value | number): Value => binary("mul", a, b);
export const div = (a: Value, b: Value | number): Value => binary("div", a, b);
export const sigmoid = (x: Value): Value => unary("sigmoid", x);
export const erf = (x: Value): Value => unary("erf", x);
export const sqrt = (x: Value): Value => unary("sqrt", x);
export const exp = (x: Value): Value => unary("exp", x);
export const neg = (x: Value): Value => unary("neg", x);
export const sin = (x: Value): Value => unary("sin", x);
export const cos = (x: Value): Value => unary("cos", x);
export const tanh = (x: Value): Value => unary("tanh", x);

/** x·σ(x), also called swish. */
export const silu = (x: Value): Value => mul(x, sigmoid(x));

/** Exact GELU, x·Φ(x), written with erf. */
export const gelu = (x: Value): Value => mul(mul(x, add(erf(mul(x, Math.SQRT1_2)), 1)), 0.5);

/** OpenAI CLIP's approximation of GELU, x·σ(1.702x). */
export const quickGelu = (x: Value): Value => mul(x, sigmoid(mul(x, 1.702)));

/** Converts elements to another type; a no-op returns `x` itself. */
export function cast(x: Value, dtype: DType): Value {
  return x.dtype === dtype ? x : { op: { kind: "cast", x }, dtype, shape: x.shape };
}
