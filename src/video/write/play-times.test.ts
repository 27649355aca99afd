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
    { fps: 4, timestamps: [0, 0.5, 0.5] },
    { fps: 4, timestamps: [0.1, 0.5] },
    { fps: 4, timestamps: [0, Number.NaN] },
    { fps: 4, timestamps: [0, 1], duration: 1 },
  ])("refuses %o", (timing) => {
    expect(() => playTiming(timing, undefined)).toThrow(/do not begin at 0 and rise/);
  });
});
