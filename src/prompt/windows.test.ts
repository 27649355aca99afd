import { describe, expect, it } from "vitest";
import type { CrossSteps, FusionWindow } from "./types.ts";
import {
  namedWindows,
  nearestStep,
  releasedCrossRounding,
  releasedSelfRounding,
  stepRange,
  tableEntries,
  windowRows,
} from "./windows.ts";

describe("stepRange", () => {
  it("rounds to the nearest step; the released code cuts, and counts T + 1 rows for cross-attention", () => {
    expect(stepRange(0.29, nearestStep(100), "x")).toEqual([0, 29]);
    expect(stepRange(0.29, releasedSelfRounding(100), "x")).toEqual([0, 28]);
    expect(stepRange(0.8, releasedCrossRounding(50), "x")).toEqual([0, 40]);
    expect(stepRange([0.2, 0.99], releasedCrossRounding(50), "x")).toEqual([10, 50]);
    expect(stepRange([0.2, 1], nearestStep(7), "x")).toEqual([1, 7]);
  });

  it.each<[FusionWindow]>([
    [1.2],
    [-0.1],
    [Number.NaN],
    [[0.6, 0.4]],
    [[0, 0.5, 1] as unknown as [number, number]],
  ])("refuses %j", (window) => {
    expect(() => stepRange(window, nearestStep(10), "selfSteps")).toThrow(/selfSteps/);
  });

  it("takes in compat what the released code takes", () => {
    expect(stepRange(1.5, releasedSelfRounding(10), "x")).toEqual([0, 10]);
    expect(stepRange([0.6, 0.4], releasedSelfRounding(10), "x")).toEqual([6, 4]);
    expect(() => stepRange(-0.1, releasedSelfRounding(10), "x")).toThrow(
      expect.objectContaining({ code: "bad-window" }),
    );
  });
});

describe("namedWindows", () => {
  it.each<[CrossSteps, FusionWindow, unknown[]]>([
    [0.5, 0.5, []],
    [[0.1, 0.5], [0.1, 0.5], []],
    [{ jeep: 0.3 }, 0.7, [["jeep", 0.3]]],
    [
      { jeep: 0.3, default_: 0.6, car: [0.2, 1] },
      0.6,
      [
        ["jeep", 0.3],
        ["car", [0.2, 1]],
      ],
    ],
    [
      [
        [3, 0.2],
        ["default_", 0.4],
        ["3", 0.1],
      ],
      0.4,
      [
        [3, 0.2],
        ["3", 0.1],
      ],
    ],
  ])("reads %j", (option, rest, words) => {
    expect(namedWindows(option, 0.7)).toEqual({ rest, words });
  });
});

it("tableEntries reads an object or entries", () => {
  expect(tableEntries({ a: 1, b: 2 })).toEqual([
    ["a", 1],
    ["b", 2],
  ]);
  expect(
    tableEntries([
      ["b", 2],
      [0, 1],
    ]),
  ).toEqual([
    ["b", 2],
    [0, 1],
  ]);
});

it("later windows overwrite their tokens' columns", () => {
  const words = [
    { tokens: [1, 2], range: [1, 3] as const },
    { tokens: [2], range: [0, 1] as const },
  ];
  const rows = windowRows(4, nearestStep(3), [0, 2], words);
  expect(Array.from({ length: 3 }, (_, row) => rows.subarray(row * 4, row * 4 + 4).join(""))).toEqual([
    "1011",
    "1101",
    "0100",
  ]);
});
