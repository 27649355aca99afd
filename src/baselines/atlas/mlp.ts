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
  /** Frequencies of the positional encoding of its inputs; 0 leaves them as they are. */
  readonly frequencies: number;
  /** Layers, counted from 0, that also see what the first sees. */
  readonly skips: readonly number[];
}

/** Values that the first layer sees. */
function seenWidth({ inputs, frequencies }: Mlp): number {
  return frequencies === 0 ? inputs : 2 * inputs * frequencies;
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

/** sin(2ʲπx) and cos(2ʲπx) of each coordinate (Mildenhall et al. 2020, Eq. 4): [N, d] → [N, 2·d·frequencies]. */
function encoded(x: Value, frequencies: number): Value {
  const d = x.shape[1] as number;
  const rows = Array.from({ length: d * frequencies }, (_, row) =>
    Array.from({ length: d }, (_, column) =>
      Math.floor(row / frequencies) === column ? 2 ** (row % frequencies) * Math.PI : 0,
    ),
  );
  const angles = linear(x, constant([d * frequencies, d], rows.flat()));
  return concat([sin(angles), cos(angles)], 1);
}

/** What a network gives for rows [N, inputs]: [N, outputs], nothing done with the last layer's values. */
export function applyMlp(mlp: Mlp, rows: Value, weights: Readonly<Record<string, Value>>): Value {
  const first = mlp.frequencies === 0 ? rows : encoded(rows, mlp.frequencies);
  let x = first;
  for (const i of layerIndices(mlp)) {
    if (i > 0) x = silu(x);
    if (mlp.skips.includes(i)) x = concat([x, first], 1);
    x = linear(x, weights[weightOf(mlp, i)]!, weights[biasOf(mlp, i)]!);
  }
  return x;
}
