import type { Frame } from "../../video/index.ts";
import { lumaOf, type Plane } from "../luma.ts";
import { blur, pyramidOf, resizePlane } from "./pyramid.ts";
import { refineMotion } from "./tv-l1.ts";

/** Motion from one picture to another in pixels: what is at (x, y) of the first is at (x + u, y + v) of the second. */
export interface Flow {
  readonly width: number;
  readonly height: number;
  /** To the right, row by row. */
  readonly u: Float32Array;
  /** Downwards. */
  readonly v: Float32Array;
}

/** Blur of the pictures against noise (Sánchez et al. 2013, §4). */
const SMOOTHING = 0.8;

/** Both pictures' luma stretched to 0…255 together, which the weights of the method count on. */
function stretched(a: Frame, b: Frame): [Plane, Plane] {
  const planes: [Plane, Plane] = [lumaOf(a), lumaOf(b)];
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (const { data } of planes) {
    for (const value of data) {
      least = Math.min(least, value);
      most = Math.max(most, value);
    }
  }
  const scale = most > least ? 255 / (most - least) : 0;
  for (const { data } of planes) for (let i = 0; i < data.length; i++) data[i] = (data[i]! - least) * scale;
  return planes;
}

/**
 * Dense optical flow between two pictures of one size, TV-L1 from coarse to fine: sub-pixel, edges of motion stay sharp,
 * flat areas take the motion around them, equal pictures have none. Takes the same steps on every machine.
 */
export function opticalFlow(from: Frame, to: Frame): Flow {
  const [a, b] = stretched(from, to).map((plane) => pyramidOf(blur(plane, SMOOTHING))) as [Plane[], Plane[]];
  let u: Plane = { ...a.at(-1)!, data: new Float32Array(a.at(-1)!.data.length) };
  let v: Plane = { ...u, data: new Float32Array(u.data.length) };
  for (let level = a.length - 1; level >= 0; level--) {
    const { width, height } = a[level]!;
    if (width !== u.width || height !== u.height) {
      u = resizePlane(u, width, height, width / u.width);
      v = resizePlane(v, width, height, height / v.height);
    }
    refineMotion(a[level]!, b[level]!, { u: u.data, v: v.data });
  }
  return { width: from.width, height: from.height, u: u.data, v: v.data };
}
