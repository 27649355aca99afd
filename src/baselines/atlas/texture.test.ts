import { describe, expect, it } from "vitest";
import { filled, sample, splat } from "./texture.ts";

const SIDE = 9;
/** The place of a texel. */
const place = (x: number, y: number): [number, number] => [x / 4 - 1, y / 4 - 1];
const grid = Float32Array.from({ length: 2 * SIDE * SIDE }, (_, k) => {
  const texel = Math.floor(k / 2);
  return place(texel % SIDE, Math.floor(texel / SIDE))[k % 2]!;
});

describe("a texture", () => {
  it("gives back what was put on its texels, and what is linear between them", () => {
    const ramp = Float32Array.from({ length: 3 * SIDE * SIDE }, (_, k) => {
      const texel = Math.floor(k / 3);
      return (k % 3) + (texel % SIDE) * 2 + Math.floor(texel / SIDE);
    });
    const texture = splat(SIDE, grid, ramp, () => 1);
    expect(sample(texture, grid)).toBeAllclose(ramp, { absolute: 1e-5 });
    const between = sample(texture, Float32Array.of(...place(2.5, 3.25)));
    expect(between).toBeAllclose([8.25, 9.25, 10.25], { absolute: 1e-5 });
  });

  it("holds the mean of what falls on one texel, weighed", () => {
    const twice = Float32Array.of(...place(3, 3), ...place(3, 3));
    const values = Float32Array.of(0, 0, 0, 8, 8, 8);
    const { data, weight } = splat(SIDE, twice, values, (i) => (i === 0 ? 3 : 1));
    const texel = 3 * SIDE + 3;
    expect([data[3 * texel], weight[texel]]).toEqual([2, 4]);
  });

  it("fills what was given nothing from around it, and leaves what was given enough", () => {
    const left = Float32Array.of(...place(0, 4), ...place(8, 4));
    const values = Float32Array.of(0, 0, 0, 100, 100, 100);
    const texture = splat(SIDE, left, values, () => 1);
    const full = filled(texture);
    const at = (x: number, y: number): number => full.data[3 * (y * SIDE + x)]!;
    expect([at(0, 4), at(8, 4)]).toEqual([0, 100]);
    const row = Array.from({ length: SIDE }, (_, x) => at(x, 0));
    expect(row[0]).toBeLessThan(row[8]!);
    for (const value of full.data) {
      expect(value).toBeGreaterThanOrEqual(0);
      expect(value).toBeLessThanOrEqual(100);
    }
    const constant = filled(splat(SIDE, left, new Float32Array(6).fill(7), () => 0.01));
    expect(constant.data).toBeAllclose(Array(3 * SIDE * SIDE).fill(7), { absolute: 1e-4 });
  });

  it("ends at its border", () => {
    const texture = splat(SIDE, grid, new Float32Array(3 * SIDE * SIDE).fill(5), () => 1);
    expect([...sample(texture, Float32Array.of(-1, 1, 1, -1))]).toBeAllclose(Array(6).fill(5), {
      absolute: 1e-5,
    });
  });
});
