import { describe, expect, test } from "vitest";
import {
  endPointError,
  movingSquare,
  paint,
  shifted,
  turned,
  wavyTexture,
} from "../../../test/support/moving-pictures.ts";
import { opticalFlow } from "./optical-flow.ts";

describe("optical flow", () => {
  // Limits at about twice what `npm run bench:flow` shows.
  test.each([
    [shifted(128, 3, -2), 0.02, 0.1],
    [shifted(128, 0.4, 0.7), 0.03, 0.08],
    [shifted(128, 12.5, -7.25), 0.05, 0.12],
    [shifted(128, 20, 5), 0.08, 0.12],
    [turned(128, 4, 1), 0.08, 0.4],
    [turned(128, 0, 1.05), 0.08, 0.4],
    [turned(128, -3, 0.97), 0.08, 0.3],
    [movingSquare(128, 4, 3), 0.11, 0.3],
    [movingSquare(128, 13, -4), 0.7, 0.8],
  ])("finds a known motion: $name", (pictures, mean, p95) => {
    const error = endPointError(opticalFlow(pictures.a, pictures.b), pictures);
    expect(error.mean).toBeLessThan(mean);
    expect(error.p95).toBeLessThan(p95);
  });

  test("is none between equal pictures, and the same whenever it is asked for", () => {
    const { a, b } = movingSquare(64, 3, 2);
    const still = opticalFlow(a, a);
    expect(still.u.every((value) => value === 0) && still.v.every((value) => value === 0)).toBe(true);
    expect(opticalFlow(a, b)).toEqual(opticalFlow(a, b));
  });

  test("does not hang on the contrast of a picture", () => {
    const { a, b, ...rest } = shifted(96, 5, 3);
    const faint = (frame: typeof a): typeof a => ({
      ...frame,
      data: Float32Array.from(frame.data, (value) => 120 + value / 12),
    });
    expect(endPointError(opticalFlow(faint(a), faint(b)), { a, b, ...rest }).mean).toBeLessThan(0.05);
  });

  test("carries motion into flat parts: a textured ring around nothing", () => {
    const texture = wavyTexture(2);
    const inside = (x: number, y: number): boolean => Math.hypot(x - 48, y - 48) < 16;
    const at = (x: number, y: number): number => (inside(x, y) ? 128 : texture(x, y));
    const pictures = {
      ...shifted(96, 3, 1),
      a: paint(96, 96, at),
      b: paint(96, 96, (x, y) => at(x - 3, y - 1)),
    };
    expect(endPointError(opticalFlow(pictures.a, pictures.b), pictures).mean).toBeLessThan(0.05);
  });

  test.each([
    [64, 48],
    [33, 17],
    [5, 3],
    [1, 1],
  ])("of flat pictures, even unlike ones, is none: %d×%d", (width, height) => {
    const flat = (value: number) => paint(width, height, () => value);
    for (const other of [40, 200]) {
      const { u, v } = opticalFlow(flat(40), flat(other));
      expect(u.length).toBe(width * height);
      expect(u.every((value) => value === 0) && v.every((value) => value === 0)).toBe(true);
    }
  });
});
