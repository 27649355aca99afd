import { resultOf } from "../result.ts";
import type { ReduceFn, Value } from "../value.ts";
import { positiveAxis } from "./layout.ts";

function reduce(fn: ReduceFn, x: Value, axis: number): Value {
  return resultOf({ kind: "reduce", fn, x, axis: positiveAxis(x, axis) });
}

/** Mean over one axis, which is dropped. */
export const mean = (x: Value, axis: number): Value => reduce("mean", x, axis);
/** Sum over one axis, which is dropped. */
export const sum = (x: Value, axis: number): Value => reduce("sum", x, axis);
/** Maximum over one axis, which is dropped. */
export const max = (x: Value, axis: number): Value => reduce("max", x, axis);
