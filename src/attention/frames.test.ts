import { describe, expect, it } from "vitest";
import { type FrameList, frameIndices, framesOfSite } from "./frames.ts";

const rows = (list: FrameList, frames: number): number[][] => {
  const { shape, data } = frameIndices(list, frames);
  expect(shape).toEqual([frames, list.length]);
  return Array.from({ length: frames }, (_, f) =>
    Array.from(data.subarray(f * list.length, (f + 1) * list.length), Number),
  );
};

describe("frameIndices", () => {
  it("clamps offsets to the clip and keeps the list's order", () => {
    expect(rows([-1, "first"], 4)).toEqual([
      [0, 0],
      [0, 0],
      [1, 0],
      [2, 0],
    ]);
    expect(rows(["last", 2, 0, -5], 3)).toEqual([
      [2, 2, 0, 0],
      [2, 2, 1, 0],
      [2, 2, 2, 0],
    ]);
  });

  it.each([
    [1, 0],
    [2, 0],
    [3, 1],
    [8, 3],
    [9, 4],
  ])("takes the earlier middle of %i frames", (frames, middle) => {
    expect(rows([0, "mid"], frames).map((row) => row[1])).toEqual(new Array(frames).fill(middle));
  });

  it("has no columns for an empty list", () => {
    expect(frameIndices([], 3).shape).toEqual([3, 0]);
  });
});

describe("framesOfSite", () => {
  it("leaves blocks below the least width to their own frame", () => {
    const rule = { frames: ["mid"] as const, leastChannels: 640 };
    expect(framesOfSite(rule, 320)).toEqual([]);
    expect(framesOfSite(rule, 640)).toEqual(["mid"]);
  });

  it("knows that the list of the frame itself is no list", () => {
    expect(framesOfSite({ frames: [0] }, 8)).toEqual([]);
    expect(framesOfSite({ frames: [1] }, 8)).toEqual([1]);
  });
});
