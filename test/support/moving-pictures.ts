/** Pictures whose motion is known: a continuous texture, seen through a map. */
import type { Frame } from "../../src/index.ts";
import type { Flow } from "../../src/metrics/index.ts";

/** Brightness of the plane at any point, 0…255. */
export type Texture = (x: number, y: number) => number;

/** Random waves from a few pixels to a picture's length; the same for the same seed. */
export function wavyTexture(seed: number): Texture {
  let state = seed >>> 0;
  const random = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const waves = Array.from({ length: 48 }, (_, k) => {
    const length = 5 * 30 ** (k / 47);
    const angle = 2 * Math.PI * random();
    const frequency = (2 * Math.PI) / length;
    return [frequency * Math.cos(angle), frequency * Math.sin(angle), 2 * Math.PI * random()] as const;
  });
  return (x, y) => {
    const sum = waves.reduce((total, [fx, fy, phase]) => total + Math.sin(fx * x + fy * y + phase), 0);
    return Math.min(Math.max(127.5 + 18 * sum, 0), 255);
  };
}

/** A grey picture of 8 bits, or of three textures as its colours. */
export function paint(width: number, height: number, ...textures: readonly Texture[]): Frame {
  const data = new Uint8Array(3 * width * height);
  for (let i = 0; i < data.length; i++) {
    const pixel = Math.floor(i / 3);
    data[i] = Math.round(textures[i % textures.length]!(pixel % width, Math.floor(pixel / width)));
  }
  return { width, height, data };
}

/** Two pictures and where each pixel of the first went. */
export interface MovingPictures {
  readonly name: string;
  readonly a: Frame;
  readonly b: Frame;
  readonly truth: (x: number, y: number) => readonly [u: number, v: number];
  /** Pixels whose motion cannot be told: covered in the second picture. */
  readonly hidden?: (x: number, y: number) => boolean;
}

export function shifted(size: number, dx: number, dy: number): MovingPictures {
  const texture = wavyTexture(7);
  return {
    name: `shift by (${dx}, ${dy})`,
    a: paint(size, size, texture),
    b: paint(size, size, (x, y) => texture(x - dx, y - dy)),
    truth: () => [dx, dy],
  };
}

/** Turned by an angle in degrees and scaled about the middle. */
export function turned(size: number, degrees: number, zoom: number): MovingPictures {
  const texture = wavyTexture(11);
  const middle = (size - 1) / 2;
  const cos = Math.cos((degrees * Math.PI) / 180);
  const sin = Math.sin((degrees * Math.PI) / 180);
  return {
    name: `turn by ${degrees}°, zoom ×${zoom}`,
    a: paint(size, size, texture),
    b: paint(size, size, (x, y) => {
      const [px, py] = [(x - middle) / zoom, (y - middle) / zoom];
      return texture(cos * px + sin * py + middle, cos * py - sin * px + middle);
    }),
    truth: (x, y) => {
      const [px, py] = [x - middle, y - middle];
      return [zoom * (cos * px - sin * py) - px, zoom * (sin * px + cos * py) - py];
    },
  };
}

/** A textured square, a third of the picture's side, that moves over a still background. */
export function movingSquare(size: number, dx: number, dy: number): MovingPictures {
  const behind = wavyTexture(3);
  const square = wavyTexture(5);
  const start = Math.round(size / 3);
  const inside = (x: number, y: number): boolean =>
    x >= start && x < start + size / 3 && y >= start && y < start + size / 3;
  return {
    name: `square moved by (${dx}, ${dy})`,
    a: paint(size, size, (x, y) => (inside(x, y) ? square(x, y) : behind(x, y))),
    b: paint(size, size, (x, y) => (inside(x - dx, y - dy) ? square(x - dx, y - dy) : behind(x, y))),
    truth: (x, y) => (inside(x, y) ? [dx, dy] : [0, 0]),
    hidden: (x, y) => !inside(x, y) && inside(x - dx, y - dy),
  };
}

/** End-point errors in pixels: mean and 95th percentile over what stays in the picture and is not covered. */
export function endPointError(flow: Flow, { truth, hidden }: MovingPictures): { mean: number; p95: number } {
  const { width, height } = flow;
  const errors: number[] = [];
  for (let i = 0; i < width * height; i++) {
    const [x, y] = [i % width, Math.floor(i / width)];
    const [u, v] = truth(x, y);
    const leaves = x + u < 0 || y + v < 0 || x + u > width - 1 || y + v > height - 1;
    if (!leaves && !hidden?.(x, y)) errors.push(Math.hypot(flow.u[i]! - u, flow.v[i]! - v));
  }
  errors.sort((a, b) => a - b);
  const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
  return { mean, p95: errors[Math.floor(0.95 * errors.length)]! };
}
