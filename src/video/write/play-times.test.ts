import { describe, expect, it } from "vitest";
import { playTiming, startTime } from "./play-times.ts";

const varying = { fps: 4, timestamps: [0, 0.1, 0.5], duration: 0.75 };

describe("startTime", () => {
  it("divides a steady rate", () => {
    expect([0, 1, 6].map((i) => startTime({ fps: 4 }, i))).toEqual([0, 0.25, 1.5]);
  });

  it("gives the frames' own times, then the end, then goes on steadily", () => {
    expect([0, 1, 2, 3, 4].map((i) => startTime(varying, i))).toEqual([0, 0.1, 0.5, 0.75, 1]);
  });
});

describe("playTiming", () => {
  it("keeps own times for the same number of frames only", () => {
    expect(playTiming(varying, 3)).toEqual(varying);
    expect(playTiming(varying, undefined)).toEqual(varying);
    expect(playTiming(varying, 2)).toEqual({ fps: 4 });
    expect(playTiming({ fps: 4, timestamps: [0, 0.5] }, 2).duration).toBe(0.75);
  });

  it.each([
    { name: "equal", timestamps: [0, 0.5, 0.5, 1], mended: [0, 0.5, 0.75, 1] },
    { name: "three in a row", timestamps: [0, 0.5, 0.5, 0.5, 1.1], mended: [0, 0.5, 0.7, 0.9, 1.1] },
    { name: "falling", timestamps: [0, 0.5, 0.25, 1], mended: [0, 0.5, 0.75, 1] },
    { name: "not from 0", timestamps: [0.5, 0.75], mended: [0, 0.25] },
    { name: "negative", timestamps: [-0.25, 0, 0.25], mended: [0, 0.25, 0.5] },
    { name: "too close for a container's clock", timestamps: [0, 1e-7, 0.5, 1], mended: [0, 0.001, 0.5, 1] },
    { name: "a day apart", timestamps: [0, 0.5, 1, 86401], mended: [0, 0.5, 1, 1.5] },
  ])("puts times right that are $name", ({ timestamps, mended }) => {
    const timing = playTiming({ fps: 4, timestamps }, undefined);
    expect(timing.timestamps!.map((time) => Number(time.toFixed(6)))).toEqual(mended);
    expect(timing.isMended).toBe(true);
    expect(timing.duration).toBeGreaterThan(mended.at(-1)!);
  });

  it("plays at the rate where a time is no number", () => {
    expect(playTiming({ fps: 4, timestamps: [0, Number.NaN] }, 2)).toEqual({ fps: 4, isMended: true });
  });

  it.each([0, -1, Number.NaN, 1e9])("refuses %d frames a second", (fps) => {
    expect(() => playTiming({ fps }, undefined)).toThrow(/"fps" is/);
  });
});
