import { concat, constant, cos, linear, type Port, port, silu, sin, type Value } from "../../graph/index.ts";
import { type FloatTensor, floatTensor, randomSource, sizeOf } from "../../tensor/index.ts";

/** A multilayer perceptron over coordinates. */
export interface Mlp {
  readonly name: string;
  readonly inputs: number;
  readonly outputs: number;
  /** Units of each hidden layer. */
  readonly width: number;
  /** Layers with the one that gives the outputs. */
  readonly layers: number;
  readonly encoding: Encoding;
  /** Layers, counted from 0, that also see what the first sees. */
  readonly skips: readonly number[];
}

/** The positional encoding of a network's inputs. */
export interface Encoding {
  /** Inputs that are encoded, counted from 0. */
  readonly of: readonly number[];
  readonly frequencies: number;
  /** Whether the first layer sees the inputs as they are, too. */
  readonly beside: boolean;
}

/** Values that the first layer sees. */
function seenWidth({ inputs, encoding: { of, frequencies, beside } }: Mlp): number {
  return (beside ? inputs : 0) + 2 * of.length * frequencies;
}

const layerIndices = ({ layers }: Mlp): number[] => Array.from({ length: layers }, (_, i) => i);
const weightOf = (mlp: Mlp, layer: number): string => `${mlp.name}/${layer}/weight`;
const biasOf = (mlp: Mlp, layer: number): string => `${mlp.name}/${layer}/bias`;

/** The weights and biases of a network, by name. */
export function portsOf(mlp: Mlp): Readonly<Record<string, Port<"float32">>> {
  const entries = layerIndices(mlp).flatMap((i) => {
    const outputs = i === mlp.layers - 1 ? mlp.outputs : mlp.width;
    const skipped = mlp.skips.includes(i) ? seenWidth(mlp) : 0;
    const inputs = i === 0 ? seenWidth(mlp) : mlp.width + skipped;
    return [
      [weightOf(mlp, i), port([outputs, inputs])],
      [biasOf(mlp, i), port([outputs])],
    ] as const;
  });
  return Object.fromEntries(entries);
}

/** Values to begin with, uniform within ±√(6 / inputs) for hidden layers (He et al. 2015) and ±√(1 / inputs) for the last; biases 0. */
export function initialValues(mlp: Mlp, seed: number): ReadonlyMap<string, FloatTensor> {
  const last = weightOf(mlp, mlp.layers - 1);
  const entries = Object.entries(portsOf(mlp)).map(([name, { shape }]): [string, FloatTensor] => {
    const known = shape as readonly number[];
    const values = new Float32Array(sizeOf(known));
    if (known.length === 2) {
      const random = randomSource(seed, "atlas", name);
      const bound = Math.sqrt((name === last ? 1 : 6) / known[1]!);
      for (let i = 0; i < values.length; i++) values[i] = bound * (2 * random.uniform() - 1);
    }
    return [name, floatTensor(known, values)];
  });
  return new Map(entries);
}

/** sin(2ʲπx) and cos(2ʲπx) of the coordinates x that are encoded (Mildenhall et al. 2020, Eq. 4), of rows [N, inputs]. */
function encoded(x: Value, { of, frequencies, beside }: Encoding): Value {
  if (of.length * frequencies === 0) return x;
  const d = x.shape[1] as number;
  const rows = of.flatMap((input) =>
    Array.from({ length: frequencies }, (_, j) =>
      Array.from({ length: d }, (_, column) => (column === input ? 2 ** j * Math.PI : 0)),
    ),
  );
  const angles = linear(x, constant([rows.length, d], rows.flat()));
  return concat([...(beside ? [x] : []), sin(angles), cos(angles)], 1);
}

/** What a network gives for rows [N, inputs]: [N, outputs], nothing done with the last layer's values. */
export function applyMlp(mlp: Mlp, rows: Value, weights: Readonly<Record<string, Value>>): Value {
  const first = encoded(rows, mlp.encoding);
  let x = first;
  for (const i of layerIndices(mlp)) {
    if (i > 0) x = silu(x);
    if (mlp.skips.includes(i)) x = concat([x, first], 1);
    x = linear(x, weights[weightOf(mlp, i)]!, weights[biasOf(mlp, i)]!);
  }
  return x;
}
