/** What ops give at some places, in float64 and plainly: what a device is measured by. */

/** The elements of an op's result at `places` of its flat data. */
export type Truth = (places: readonly number[]) => Float64Array;

const at = (data: Float32Array, index: number): number => data[index]!;

/** Attention of one batch entry: q [N, heads·d], k [M, heads·d], v [M, heads·e]; the weights of a row are computed once. */
export function attentionTruth(
  [q, k, v]: readonly [Float32Array, Float32Array, Float32Array],
  {
    keys,
    heads,
    d,
    e,
  }: { readonly keys: number; readonly heads: number; readonly d: number; readonly e: number },
): Truth {
  const rows = new Map<number, Float64Array>();
  const weightsOf = (row: number, head: number): Float64Array => {
    const known = rows.get(row * heads + head);
    if (known) return known;
    const scores = new Float64Array(keys);
    let top = Number.NEGATIVE_INFINITY;
    for (let m = 0; m < keys; m++) {
      let sum = 0;
      for (let c = 0; c < d; c++)
        sum += at(q, (row * heads + head) * d + c) * at(k, (m * heads + head) * d + c);
      scores[m] = sum / Math.sqrt(d);
      top = Math.max(top, scores[m]!);
    }
    let total = 0;
    for (let m = 0; m < keys; m++) total += scores[m] = Math.exp(scores[m]! - top);
    const weights = scores.map((x) => x / total);
    rows.set(row * heads + head, weights);
    return weights;
  };
  return (places) =>
    Float64Array.from(places, (place) => {
      const [row, column] = [Math.floor(place / (heads * e)), place % (heads * e)];
      const weights = weightsOf(row, Math.floor(column / e));
      return weights.reduce((sum, weight, m) => sum + weight * at(v, m * heads * e + column), 0);
    });
}

/** A convolution of [C, side, side] by [O, C, 3, 3] with a row of zeros around it, and a bias. */
export function conv3x3Truth(
  [x, weight, bias]: readonly [Float32Array, Float32Array, Float32Array],
  { channels, side }: { readonly channels: number; readonly side: number },
): Truth {
  return (places) =>
    Float64Array.from(places, (place) => {
      const [out, i, j] = [Math.floor(place / side ** 2), Math.floor(place / side) % side, place % side];
      let sum = at(bias, out);
      for (let tap = 0; tap < 9; tap++) {
        const [row, column] = [i + Math.floor(tap / 3) - 1, j + (tap % 3) - 1];
        if (row < 0 || column < 0 || row >= side || column >= side) continue;
        for (let c = 0; c < channels; c++)
          sum += at(x, c * side ** 2 + row * side + column) * at(weight, (out * channels + c) * 9 + tap);
      }
      return sum;
    });
}

/** Rows of [N, inputs] times a transposed matrix [outputs, inputs], and a bias. */
export function linearTruth(
  [x, weight, bias]: readonly [Float32Array, Float32Array, Float32Array],
  { inputs, outputs }: { readonly inputs: number; readonly outputs: number },
): Truth {
  return (places) =>
    Float64Array.from(places, (place) => {
      const [row, o] = [Math.floor(place / outputs), place % outputs];
      let sum = at(bias, o);
      for (let i = 0; i < inputs; i++) sum += at(x, row * inputs + i) * at(weight, o * inputs + i);
      return sum;
    });
}

/** Group normalisation of [C, pixels] by groups of `perGroup` channels, with a scale and a shift a channel. */
export function groupNormTruth(
  [x, scale, shift]: readonly [Float32Array, Float32Array, Float32Array],
  {
    perGroup,
    pixels,
    epsilon,
  }: { readonly perGroup: number; readonly pixels: number; readonly epsilon: number },
): Truth {
  const size = perGroup * pixels;
  const groups = new Map<number, readonly [mean: number, deviation: number]>();
  const groupOf = (group: number): readonly [number, number] => {
    const known = groups.get(group);
    if (known) return known;
    const part = Float64Array.from(x.subarray(group * size, (group + 1) * size));
    const mean = part.reduce((sum, value) => sum + value, 0) / size;
    const variance = part.reduce((sum, value) => sum + (value - mean) ** 2, 0) / size;
    const found = [mean, Math.sqrt(variance + epsilon)] as const;
    groups.set(group, found);
    return found;
  };
  return (places) =>
    Float64Array.from(places, (place) => {
      const channel = Math.floor(place / pixels);
      const [mean, deviation] = groupOf(Math.floor(place / size));
      return ((at(x, place) - mean) / deviation) * at(scale, channel) + at(shift, channel);
    });
}

/** The error function to 1.5e-7 (Abramowitz & Stegun 1964, 7.1.26). */
function erf(x: number): number {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const series =
    t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return Math.sign(x) * (1 - series * Math.exp(-x * x));
}

/** GEGLU of rows [2·width]: the first half times the GELU of the second. */
export function gegluTruth(x: Float32Array, width: number): Truth {
  return (places) =>
    Float64Array.from(places, (place) => {
      const row = Math.floor(place / width) * 2 * width + (place % width);
      const gate = at(x, row + width);
      return (at(x, row) * gate * (1 + erf(gate * Math.SQRT1_2))) / 2;
    });
}

/** Pixels of [C, side, side] repeated to twice the side. */
export function upsampleTruth(x: Float32Array, side: number): Truth {
  return (places) =>
    Float64Array.from(places, (place) => {
      const [channel, i, j] = [
        Math.floor(place / (4 * side ** 2)),
        Math.floor(place / (2 * side)) % (2 * side),
        place % (2 * side),
      ];
      return at(x, channel * side ** 2 + Math.floor(i / 2) * side + Math.floor(j / 2));
    });
}
