import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkRange, frameIndices, lastIndex } from "./range.ts";

describe("frameIndices", () => {
  it("takes every frame by default", () => {
    expect(frameIndices(checkRange({}), 4, "a.mp4")).toEqual([0, 1, 2, 3]);
  });

  it("takes every third of 48 frames", () => {
    const indices = frameIndices(checkRange({ stride: 3 }), 48, "a.mp4");
    expect(indices).toHaveLength(16);
    expect(indices.slice(0, 3)).toEqual([0, 3, 6]);
    expect(indices.at(-1)).toBe(45);
  });

  it("takes the number asked for from where it is asked for", () => {
    const range = checkRange({ start: 5, stride: 2, frames: 3 });
    expect(frameIndices(range, 10, "a.mp4")).toEqual([5, 7, 9]);
    expect(lastIndex(range)).toBe(9);
  });

  it("names the file and its length when there are too few frames", () => {
    expect(() => frameIndices(checkRange({ start: 5, stride: 2, frames: 4 }), 10, "a.mp4")).toThrow(
      /"a\.mp4" has 10 frames.*at most 3 frames/,
    );
    expect(() => frameIndices(checkRange({ start: 10 }), 10, "a.mp4")).toThrow(/Start at frame 9/);
  });

  it("gives indices inside the video, in steps of the stride, up to its end", () => {
    fc.assert(
      fc.property(
        fc.nat(50),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 60 }),
        (start, stride, length) => {
          fc.pre(start < length);
          const indices = frameIndices(checkRange({ start, stride }), length, "x");
          expect(indices[0]).toBe(start);
          expect(indices.at(-1)!).toBeLessThan(length);
          expect(indices.at(-1)! + stride).toBeGreaterThanOrEqual(length);
        },
      ),
    );
  });
});

describe("checkRange", () => {
  it.each([{ start: -1 }, { start: 0.5 }, { stride: 0 }, { frames: 0 }, { frames: Number.NaN }])(
    "refuses %o",
    (range) => {
      expect(() => checkRange(range)).toThrow(/not a whole number/);
    },
  );
});
