import type { Plane } from "../luma.ts";

/** Coupling and time step (Sánchez et al. 2013, §5). */
const THETA = 0.3;
const TAU = 0.25;
/** Iterations after a warp end here, or where the mean change falls below `STILL` pixels. */
const ITERATIONS = 60;
const STILL = 0.01;

/** How much is made of one level. */
export interface Effort {
  /** λ: weight of the pictures' agreement against smoothness, for values 0…255. */
  readonly agreement: number;
  /** How often the second picture is warped again. */
  readonly warps: number;
}

/** Where things of the first picture are in the second: pixel (x, y) at (x + u, y + v). */
export interface Motion {
  readonly u: Float32Array;
  readonly v: Float32Array;
}

/** The second picture and its gradients, seen from the first along the motion so far. */
interface Warped {
  readonly value: Float32Array;
  readonly dx: Float32Array;
  readonly dy: Float32Array;
}

/** Central differences, halved at the border. */
function gradients({ width, height, data }: Plane): Omit<Warped, "value"> {
  const dx = new Float32Array(data.length);
  const dy = new Float32Array(data.length);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      dx[i] = (data[x < width - 1 ? i + 1 : i]! - data[x > 0 ? i - 1 : i]!) / 2;
      dy[i] = (data[y < height - 1 ? i + width : i]! - data[y > 0 ? i - width : i]!) / 2;
    }
  }
  return { dx, dy };
}

/** Weights of four neighbours for a point at `t` between the middle two (Keys 1981, a = −1/2). */
function cubic(t: number, to: Float64Array): void {
  to[0] = ((-0.5 * t + 1) * t - 0.5) * t;
  to[1] = (1.5 * t - 2.5) * t * t + 1;
  to[2] = ((-1.5 * t + 2) * t + 0.5) * t;
  to[3] = (0.5 * t - 0.5) * t * t;
}

/** What lies outside has no gradient and so no say. */
function warp(
  { width, height, data }: Plane,
  { dx, dy }: Omit<Warped, "value">,
  { u, v }: Motion,
  to: Warped,
): void {
  const wx = new Float64Array(4);
  const wy = new Float64Array(4);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const px = x + u[i]!;
      const py = y + v[i]!;
      let [value, valueX, valueY] = [0, 0, 0];
      if (px >= 0 && py >= 0 && px <= width - 1 && py <= height - 1) {
        const x0 = Math.floor(px);
        const y0 = Math.floor(py);
        cubic(px - x0, wx);
        cubic(py - y0, wy);
        for (let b = 0; b < 4; b++) {
          const row = Math.min(Math.max(y0 + b - 1, 0), height - 1) * width;
          for (let a = 0; a < 4; a++) {
            const k = row + Math.min(Math.max(x0 + a - 1, 0), width - 1);
            const weight = wx[a]! * wy[b]!;
            value += weight * data[k]!;
            valueX += weight * dx[k]!;
            valueY += weight * dy[k]!;
          }
        }
      }
      to.value[i] = value;
      to.dx[i] = valueX;
      to.dy[i] = valueY;
    }
  }
}

/** Median of 3×3, in place: single strays would be warped further and further away (Wedel et al. 2009). */
function median({ width, height }: Plane, values: Float32Array): void {
  const from = values.slice();
  const window = new Float32Array(9);
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const i = y * width + x;
      for (let k = 0; k < 9; k++) {
        const value = from[i + (Math.floor(k / 3) - 1) * width + (k % 3) - 1]!;
        let at = k;
        for (; at > 0 && window[at - 1]! > value; at--) window[at] = window[at - 1]!;
        window[at] = value;
      }
      values[i] = window[4]!;
    }
  }
}

/**
 * Improves the motion between two pictures of one level in place: minimises ∫ λ|b(x + u) − a(x)| + |∇u| + |∇v|, linearised
 * around the warped second picture, by the duality of total variation. Zach, Pock, Bischof, "A Duality Based Approach for
 * Realtime TV-L1 Optical Flow" (2007), with the parameters of Sánchez, Meinhardt-Llopis, Facciolo, "TV-L1 Optical Flow
 * Estimation", IPOL (2013).
 */
export function refineMotion(a: Plane, b: Plane, motion: Motion, { agreement, warps }: Effort): void {
  const { width, height } = a;
  const { u, v } = motion;
  const size = width * height;
  const plane = (): Float32Array => new Float32Array(size);
  const slopes = gradients(b);
  const warped: Warped = { value: plane(), dx: plane(), dy: plane() };
  const [ux, uy, vx, vy, constant] = [plane(), plane(), plane(), plane(), plane()];
  const limit = agreement * THETA;
  const step = TAU / THETA;
  const still = STILL ** 2 * size;
  for (let w = 0; w < warps; w++) {
    warp(b, slopes, motion, warped);
    const { value, dx, dy } = warped;
    for (let i = 0; i < size; i++) constant[i] = value[i]! - dx[i]! * u[i]! - dy[i]! * v[i]! - a.data[i]!;
    for (let n = 0; n < ITERATIONS; n++) {
      let change = 0;
      for (let y = 0, i = 0; y < height; y++) {
        for (let x = 0; x < width; x++, i++) {
          const gx = dx[i]!;
          const gy = dy[i]!;
          const square = gx * gx + gy * gy;
          const oldU = u[i]!;
          const oldV = v[i]!;
          const rest = constant[i]! + gx * oldU + gy * oldV;
          let pull = 0;
          if (rest < -limit * square) pull = limit;
          else if (rest > limit * square) pull = -limit;
          else if (square > 1e-9) pull = -rest / square;
          let divU = ux[i]! + uy[i]!;
          let divV = vx[i]! + vy[i]!;
          if (x > 0) {
            divU -= ux[i - 1]!;
            divV -= vx[i - 1]!;
          }
          if (y > 0) {
            divU -= uy[i - width]!;
            divV -= vy[i - width]!;
          }
          const newU = oldU + pull * gx + THETA * divU;
          const newV = oldV + pull * gy + THETA * divV;
          u[i] = newU;
          v[i] = newV;
          change += (newU - oldU) ** 2 + (newV - oldV) ** 2;
        }
      }
      for (let y = 0, i = 0; y < height; y++) {
        const below = y < height - 1 ? width : 0;
        for (let x = 0; x < width; x++, i++) {
          const right = x < width - 1 ? 1 : 0;
          const du = u[i + right]! - u[i]!;
          const eu = u[i + below]! - u[i]!;
          const dv = v[i + right]! - v[i]!;
          const ev = v[i + below]! - v[i]!;
          const scaleU = 1 / (1 + step * Math.sqrt(du * du + eu * eu));
          const scaleV = 1 / (1 + step * Math.sqrt(dv * dv + ev * ev));
          ux[i] = (ux[i]! + step * du) * scaleU;
          uy[i] = (uy[i]! + step * eu) * scaleU;
          vx[i] = (vx[i]! + step * dv) * scaleV;
          vy[i] = (vy[i]! + step * ev) * scaleV;
        }
      }
      if (change < still) break;
    }
    median(a, u);
    median(a, v);
  }
}
