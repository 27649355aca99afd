import { formatDims } from "../dim.ts";
import { GraphShapeError } from "../errors.ts";
import type { ReduceFn, Value } from "../value.ts";

function reduce(fn: ReduceFn, x: Value, axis: number): Value {
  const at = axis < 0 ? axis + x.shape.length : axis;
  if (x.shape[at] === undefined)
    throw new GraphShapeError(`${fn}: ${formatDims(x.shape)} has no axis ${axis}`);
  return {
    op: { kind: "reduce", fn, x, axis: at },
    dtype: x.dtype,
    shape: x.shape.filter((_, i) => i !== at),
  };
}

/** Mean over one axis, which is dropped. */
export const mean = (x: Value, axis: number): Value => reduce("mean", x, axis);
/** Sum over one axis, which is dropped. */
export const sum = (x: Value, axis: number): Value => reduce("sum", x, axis);
/** Maximum over one axis, which is dropped. */
export const max = (x: Value, axis: number): Value => reduce("max", x, axis);
