import type { DType } from "../../tensor/index.ts";
import { resultOf } from "../result.ts";
import type { BinaryFn, ReduceFn, UnaryFn, Value } from "../value.ts";
import { positiveAxis } from "./layout.ts";
import { scalar } from "./leaf.ts";

/** Arithmetic, element by element and over an axis. */

function binary(fn: BinaryFn, a: Value, b: Value | number): Value {
  return resultOf({ kind: "binary", fn, a, b: typeof b === "number" ? scalar(b) : b });
}

function unary(fn: UnaryFn, x: Value): Value {
  return resultOf({ kind: "unary", fn, x });
}

export const add = (a: Value, b: Value | number): Value => binary("add", a, b);
export const sub = (a: Value, b: Value | number): Value => binary("sub", a, b);
export const mul = (a: Value, b: Value | number): Value => binary("mul", a, b);
export const div = (a: Value, b: Value | number): Value => binary("div", a, b);
export const sigmoid = (x: Value): Value => unary("sigmoid", x);
export const erf = (x: Value): Value => unary("erf", x);
export const sqrt = (x: Value): Value => unary("sqrt", x);
export const exp = (x: Value): Value => unary("exp", x);
/** The natural logarithm. */
export const log = (x: Value): Value => unary("log", x);
export const neg = (x: Value): Value => unary("neg", x);
export const sin = (x: Value): Value => unary("sin", x);
export const cos = (x: Value): Value => unary("cos", x);
export const tanh = (x: Value): Value => unary("tanh", x);
/** max(x, 0) */
export const relu = (x: Value): Value => unary("relu", x);

/** x·σ(x), also called swish. */
export const silu = (x: Value): Value => unary("silu", x);

/** Exact GELU, x·Φ(x), by erf. */
export const gelu = (x: Value): Value => unary("gelu", x);

/** OpenAI CLIP's approximation of GELU, x·σ(1.702x). */
export const quickGelu = (x: Value): Value => mul(x, sigmoid(mul(x, 1.702)));

/** Converts elements to another type; a no-op returns `x` itself. */
export function cast(x: Value, dtype: DType): Value {
  return x.dtype === dtype ? x : resultOf({ kind: "cast", x, dtype });
}

function reduce(fn: ReduceFn, x: Value, axis: number): Value {
  return resultOf({ kind: "reduce", fn, x, axis: positiveAxis(x, axis) });
}

/** Mean over one axis, which is dropped. */
export const mean = (x: Value, axis: number): Value => reduce("mean", x, axis);
/** Sum over one axis, which is dropped. */
export const sum = (x: Value, axis: number): Value => reduce("sum", x, axis);
/** Maximum over one axis, which is dropped. */
export const max = (x: Value, axis: number): Value => reduce("max", x, axis);
