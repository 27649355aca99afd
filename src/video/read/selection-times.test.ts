import { describe, expect, it } from "vitest";
import { selectionTimes } from "./selection-times.ts";

const known = (times: number[], end: number) => ({ times, complete: true, end });
const steady = (count: number, fps: number, round = (time: number) => time) =>
  known(
    Array.from({ length: count }, (_, i) => round(i / fps)),
    round(count / fps),
  );
const all = (count: number) => [...Array(count).keys()];

describe("selectionTimes", () => {
  it("keeps a steady rate as it is, rounded times or not", () => {
    const ms = (time: number) => Math.round(time * 1000) / 1000;
    expect(selectionTimes(steady(30, 24, ms), all(30), 1, 24, 2e-3)).toEqual({
      sourceFps: 24,
      span: { from: 0, to: 1.25 },
    });
  });

  it("finds the mean rate of a long clip whose nominal rate is off", () => {
    const found = selectionTimes(steady(3000, 29.97), all(3000), 1, 30, 2e-3);
    expect(found.sourceFps).toBeCloseTo(29.97, 5);
    expect(found.varying).toBeUndefined();
  });

  it("gives the times of a varying rate from the first chosen frame on", () => {
    const source = known([0, 0.1, 0.3, 0.4, 0.9], 1);
    const { varying, span, sourceFps } = selectionTimes(source, [1, 2, 3], 1, 10, 2e-3);
    expect(varying!.timestamps.map((t) => +t.toFixed(6))).toEqual([0, 0.2, 0.3]);
    expect(varying!.duration).toBeCloseTo(0.8);
    expect(span).toEqual({ from: 0.1, to: 0.9 });
    expect(sourceFps).toBeCloseTo(2 / 0.3);
  });

  it("lets a strided frame last until the one that would come next, or the end", () => {
    const source = known([0, 0.1, 0.3, 0.4, 0.9, 1], 1.5);
    expect(selectionTimes(source, [0, 2], 2, 10, 2e-3).span.to).toBe(0.9);
    const { varying } = selectionTimes(source, [0, 2, 4], 2, 10, 2e-3);
    expect(varying).toEqual({ timestamps: [0, 0.3, 0.9], duration: 1.5 });
  });

  it("takes one frame for steady", () => {
    expect(selectionTimes(known([0, 0.5], 1), [1], 1, 8, 2e-3)).toEqual({
      sourceFps: 8,
      span: { from: 0.5, to: 1 },
    });
  });
});
