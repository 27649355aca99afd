import type { DType } from "../../tensor/index.ts";
import type { Dim } from "../dim.ts";
import { resultOf } from "../result.ts";
import type { Port, Value, WeightSource } from "../value.ts";

/** What a graph is fed under `name` when it runs. */
export function input(name: string, port: Port): Value {
  return resultOf({ kind: "input", name, port });
}

/** A weight that stays where its bytes are. `dtype` is the file's; cast it to compute with it. */
export function weight(name: string, dtype: DType, shape: readonly number[], location: WeightSource): Value {
  return resultOf({ kind: "weight", name, dtype, shape, location });
}

/** A small constant held in the graph itself. */
export function constant(
  shape: readonly number[],
  data: Float32Array | BigInt64Array | readonly number[],
): Value {
  const values =
    data instanceof Float32Array || data instanceof BigInt64Array ? data : Float32Array.from(data);
  return resultOf({ kind: "constant", shape, data: values });
}

/** A float32 scalar constant. */
export function scalar(value: number): Value {
  return constant([], [value]);
}

/** The length of an axis as a float32 scalar, also where it is only known when the graph runs. */
export function size(dim: Dim): Value {
  return typeof dim === "number" ? scalar(dim) : resultOf({ kind: "size", dim });
}

/** One number throughout a shape. */
export function filled(shape: readonly Dim[], value: number): Value {
  const ones = constant(
    shape.map(() => 1),
    [value],
  );
  return shape.length === 0 ? ones : resultOf({ kind: "expand", x: ones, shape });
}
