import type { Frame } from "../video/index.ts";

/** One value a pixel, rows from top to bottom. */
export interface Plane {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

/** Luma of a picture, 0.299 R' + 0.587 G' + 0.114 B' (ITU-R BT.601), 0…255, not rounded. */
export function lumaOf({ width, height, data }: Frame): Plane {
  const luma = new Float32Array(width * height);
  for (let i = 0, k = 0; i < luma.length; i++, k += 3)
    luma[i] = 0.299 * data[k]! + 0.587 * data[k + 1]! + 0.114 * data[k + 2]!;
  return { width, height, data: luma };
}
