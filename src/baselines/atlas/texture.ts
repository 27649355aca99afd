/** Values at places of a layer's square [−1, 1]², on a grid of texels. */
export interface Texture {
  /** Texels of a side. */
  readonly side: number;
  /** Three values a texel. */
  readonly data: Float32Array;
  /** How much each texel was given. */
  readonly weight: Float32Array;
}

/** The four texels around a place, and how much of it is each. */
function* around(side: number, u: number, v: number): Generator<readonly [texel: number, share: number]> {
  const x = Math.min(Math.max(((u + 1) / 2) * (side - 1), 0), side - 1);
  const y = Math.min(Math.max(((v + 1) / 2) * (side - 1), 0), side - 1);
  const [x0, y0] = [Math.min(Math.floor(x), side - 2), Math.min(Math.floor(y), side - 2)];
  const [fx, fy] = [x - x0, y - y0];
  yield [y0 * side + x0, (1 - fx) * (1 - fy)];
  yield [y0 * side + x0 + 1, fx * (1 - fy)];
  yield [(y0 + 1) * side + x0, (1 - fx) * fy];
  yield [(y0 + 1) * side + x0 + 1, fx * fy];
}

/** Puts three values of each place on the grid: the mean of what falls on a texel, weighed by nearness and by `share`. */
export function splat(
  side: number,
  places: Float32Array,
  values: Float32Array,
  share: (i: number) => number,
): Texture {
  const data = new Float32Array(3 * side * side);
  const weight = new Float32Array(side * side);
  for (let i = 0; i < places.length / 2; i++) {
    const own = share(i);
    for (const [texel, near] of around(side, places[2 * i]!, places[2 * i + 1]!)) {
      const w = own * near;
      weight[texel] = weight[texel]! + w;
      for (let c = 0; c < 3; c++) data[3 * texel + c] = data[3 * texel + c]! + w * values[3 * i + c]!;
    }
  }
  for (let texel = 0; texel < weight.length; texel++)
    for (let c = 0; c < 3; c++) data[3 * texel + c] = data[3 * texel + c]! / Math.max(weight[texel]!, 1e-12);
  return { side, data, weight };
}

/** A grid of half the side: each texel the mean of four, weighed by what they were given, at most 1 each. */
function halved({ side, data, weight }: Texture): Texture {
  const small = Math.ceil(side / 2);
  const out = { side: small, data: new Float32Array(3 * small ** 2), weight: new Float32Array(small ** 2) };
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const from = y * side + x;
      const to = (y >> 1) * small + (x >> 1);
      const w = Math.min(weight[from]!, 1);
      out.weight[to] = out.weight[to]! + w;
      for (let c = 0; c < 3; c++) out.data[3 * to + c] = out.data[3 * to + c]! + w * data[3 * from + c]!;
    }
  }
  for (let to = 0; to < out.weight.length; to++)
    for (let c = 0; c < 3; c++)
      out.data[3 * to + c] = out.data[3 * to + c]! / Math.max(out.weight[to]!, 1e-12);
  return out;
}

/** Texels that were given less than 1 take the rest from a coarser grid: pull-push (Gortler et al. 1996, §3.4). */
export function filled(texture: Texture): Texture {
  const { side, data, weight } = texture;
  if (side === 1) return texture;
  const coarse = filled(halved(texture));
  const out = { side, data: new Float32Array(data.length), weight };
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const i = y * side + x;
      const known = Math.min(weight[i]!, 1);
      // The middle of this texel on the coarse grid, linear between its texels.
      const at = read(coarse, (x + 0.5) / 2 - 0.5, (y + 0.5) / 2 - 0.5);
      for (let c = 0; c < 3; c++) out.data[3 * i + c] = known * data[3 * i + c]! + (1 - known) * at[c]!;
    }
  }
  return out;
}

/** Three values between texels, the border's beyond it. */
function read({ side, data }: Texture, x: number, y: number): readonly [number, number, number] {
  const cx = Math.min(Math.max(x, 0), side - 1);
  const cy = Math.min(Math.max(y, 0), side - 1);
  const [x0, y0] = [Math.floor(cx), Math.floor(cy)];
  const [x1, y1] = [Math.min(x0 + 1, side - 1), Math.min(y0 + 1, side - 1)];
  const [fx, fy] = [cx - x0, cy - y0];
  const value = (c: number): number => {
    const top = (1 - fx) * data[3 * (y0 * side + x0) + c]! + fx * data[3 * (y0 * side + x1) + c]!;
    const bottom = (1 - fx) * data[3 * (y1 * side + x0) + c]! + fx * data[3 * (y1 * side + x1) + c]!;
    return (1 - fy) * top + fy * bottom;
  };
  return [value(0), value(1), value(2)];
}

/** Three values at each place, linear between texels. */
export function sample(texture: Texture, places: Float32Array): Float32Array {
  const { side } = texture;
  const out = new Float32Array((places.length / 2) * 3);
  for (let i = 0; i < places.length / 2; i++) {
    const x = ((places[2 * i]! + 1) / 2) * (side - 1);
    const y = ((places[2 * i + 1]! + 1) / 2) * (side - 1);
    out.set(read(texture, x, y), 3 * i);
  }
  return out;
}
