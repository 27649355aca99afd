import type { Frame } from "../../video/index.ts";
import { lumaOf, type Plane } from "../luma.ts";
import { blur, pyramidOf, resizePlane } from "./pyramid.ts";
import { type Effort, refineMotion } from "./tv-l1.ts";

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

/**
 * λ and warps. On coarse levels noise is blurred away and warping is cheap: twice the usual λ = 0.15 and number there let
 * a small thing move by a third of its size. The finest level corrects fractions of a pixel.
 */
const COARSE: Effort = { agreement: 0.3, warps: 10 };
const FINEST: Effort = { agreement: 0.15, warps: 2 };

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
    const refine = (effort: Effort): void =>
      refineMotion(a[level]!, b[level]!, { u: u.data, v: v.data }, effort);
    if (level > 0 || a.length === 1) refine(COARSE);
    if (level === 0) refine(FINEST);
  }
  return { width: from.width, height: from.height, u: u.data, v: v.data };
}
