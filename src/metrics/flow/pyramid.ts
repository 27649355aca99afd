import type { Plane } from "../luma.ts";

/** A coarser level has sides half as long, up to this length. */
const SHORTEST_SIDE = 16;
/** Blur before every other pixel is left out (Sánchez et al. 2013, §4: 0.6·√(4 − 1)). */
const BLUR = 0.6 * Math.sqrt(3);

/** The value between pixels, linear; beyond the border that of the border. */
export function linearAt({ width, height, data }: Plane, x: number, y: number): number {
  const cx = Math.min(Math.max(x, 0), width - 1);
  const cy = Math.min(Math.max(y, 0), height - 1);
  const x0 = Math.floor(cx);
  const y0 = Math.floor(cy);
  const right = x0 < width - 1 ? 1 : 0;
  const below = y0 < height - 1 ? width : 0;
  const i = y0 * width + x0;
  const tx = cx - x0;
  const ty = cy - y0;
  const top = data[i]! + tx * (data[i + right]! - data[i]!);
  const bottom = data[i + below]! + tx * (data[i + below + right]! - data[i + below]!);
  return top + ty * (bottom - top);
}

/** A plane in another size, linear, values times `scale`. Pixels are squares, so that the pictures' edges coincide. */
export function resizePlane(plane: Plane, width: number, height: number, scale = 1): Plane {
  const data = new Float32Array(width * height);
  const sx = plane.width / width;
  const sy = plane.height / height;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      data[y * width + x] = scale * linearAt(plane, (x + 0.5) * sx - 0.5, (y + 0.5) * sy - 0.5);
  return { width, height, data };
}

/** Index of each place of a line of `length`, and of `radius` more at both ends, mirrored there. */
function mirrored(length: number, radius: number): Int32Array {
  const period = 2 * length;
  return Int32Array.from({ length: length + 2 * radius }, (_, k) => {
    const place = (((k - radius) % period) + period) % period;
    return place < length ? place : period - 1 - place;
  });
}

/** Gaussian blur, mirrored at the border. */
export function blur({ width, height, data }: Plane, sigma: number): Plane {
  const radius = Math.ceil(4 * sigma);
  const side = 2 * radius + 1;
  const bell = Float64Array.from({ length: side }, (_, k) =>
    Math.exp(-((k - radius) ** 2) / (2 * sigma ** 2)),
  );
  const sum = bell.reduce((a, b) => a + b);
  const weights = bell.map((weight) => weight / sum);
  const columns = mirrored(width, radius);
  const rows = mirrored(height, radius);
  const across = new Float32Array(data.length);
  const blurred = new Float32Array(data.length);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      let value = 0;
      for (let k = 0; k < side; k++) value += weights[k]! * data[y * width + columns[x + k]!]!;
      across[i] = value;
    }
  }
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      let value = 0;
      for (let k = 0; k < side; k++) value += weights[k]! * across[rows[y + k]! * width + x]!;
      blurred[i] = value;
    }
  }
  return { width, height, data: blurred };
}

/** The picture and its halves, finest first. */
export function pyramidOf(plane: Plane): Plane[] {
  const levels = [plane];
  for (;;) {
    const { width, height } = levels.at(-1)!;
    if (Math.min(width, height) < 2 * SHORTEST_SIDE) return levels;
    levels.push(resizePlane(blur(levels.at(-1)!, BLUR), Math.ceil(width / 2), Math.ceil(height / 2)));
  }
}
