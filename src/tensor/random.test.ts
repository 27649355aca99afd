import { describe, expect, it } from "vitest";
import { randomSource } from "./index.ts";

describe("random numbers", () => {
  it("are the same for a seed and a name, and others for every other", () => {
    const of = (seed: number, ...path: (string | number)[]) =>
      [...randomSource(seed, ...path).normal([5]).data].join();
    expect(of(3, "noise", 12)).toBe(of(3, "noise", 12));
    const all = [of(3, "noise", 12), of(4, "noise", 12), of(3, "noise", 13), of(3, "timestep", 12), of(3)];
    expect(new Set(all).size).toBe(all.length);
  });

  it("have the mean, spread, skew and tails of the standard normal distribution", () => {
    const { data } = randomSource(1).normal([200_001]);
    const moment = (power: number) => data.reduce((sum, x) => sum + x ** power, 0) / data.length;
    expect(moment(1)).toBeCloseTo(0, 2);
    expect(moment(2)).toBeCloseTo(1, 1.7);
    expect(moment(3)).toBeCloseTo(0, 1);
    expect(moment(4)).toBeCloseTo(3, 0.7);
    expect(data.every(Number.isFinite)).toBe(true);
  });

  it("fall evenly on whole numbers, the first and the last among them", () => {
    const source = randomSource(7, "below");
    const counts = new Array<number>(10).fill(0);
    for (let i = 0; i < 20_000; i++) counts[source.below(10)]!++;
    expect(Math.min(...counts)).toBeGreaterThan(1800);
    expect(Math.max(...counts)).toBeLessThan(2200);
  });
});
