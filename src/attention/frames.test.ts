import { describe, expect, it } from "vitest";
import { attendedCount, type FrameList } from "../frame-list.ts";
import { frameIndices, frameListFault, framesAttended, framesOfSite, scenesOf } from "./frames.ts";

const rows = (list: FrameList, frames: number): number[][] => {
  const { shape, data } = frameIndices(list, frames);
  const count = attendedCount(list);
  expect(shape).toEqual([frames, count]);
  return Array.from({ length: frames }, (_, f) =>
    Array.from(data.subarray(f * count, (f + 1) * count), Number),
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

  it("spreads anchors over a scene, all of which every frame looks at", () => {
    const own = (frames: number, n: number): number[] => {
      const [first, ...others] = rows([`spread:${n}`], frames);
      for (const row of others) expect(row).toEqual(first);
      return first!;
    };
    expect(own(8, 2)).toEqual([1, 5]);
    expect(own(9, 3)).toEqual([1, 4, 7]);
    expect(own(240, 4)).toEqual([29, 89, 149, 209]);
    // More of them than frames: some twice, none outside.
    expect(own(3, 4)).toEqual([0, 0, 1, 2]);
    for (const frames of [1, 2, 7, 8, 90]) expect(own(frames, 1)).toEqual([(frames - 1) >> 1]);
  });

  it("keeps within a scene what a list names", () => {
    const attended = (frame: number) =>
      framesAttended(["first", "mid", "last", -2, 3, "spread:2"], frame, { from: 10, to: 18 });
    expect(attended(11)).toEqual([10, 13, 17, 10, 14, 11, 15]);
    expect(attended(17)).toEqual([10, 13, 17, 15, 17, 11, 15]);
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

describe("frameListFault", () => {
  it.each<[unknown, string | null]>([
    [["first", "mid", "last", -3, "spread:4"], null],
    [["spread:16"], null],
    [["spread:15", 0, "mid"], "has 17 frames, more than 16"],
    [["spread:999999"], "has 999999 frames, more than 16"],
    [["spread:0"], 'holds "spread:0", which is no frame'],
    [["spread:2.5"], 'holds "spread:2.5", which is no frame'],
    [["spread: 2"], 'holds "spread: 2", which is no frame'],
    [["spread"], 'holds "spread", which is no frame'],
    ["mid", 'is "mid", no list of frames'],
  ])("of %j is %j", (list, fault) => {
    expect(frameListFault(list)).toBe(fault);
  });
});

describe("scenesOf", () => {
  it("begins at the first frame and at each cut", () => {
    expect(scenesOf(9)).toEqual([{ from: 0, to: 9 }]);
    expect(scenesOf(9, [1, 5])).toEqual([
      { from: 0, to: 1 },
      { from: 1, to: 5 },
      { from: 5, to: 9 },
    ]);
  });
});
