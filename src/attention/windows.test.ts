import { describe, expect, it } from "vitest";
import { floatTensor } from "../tensor/index.ts";
import { frameIndices, type Scene, scenesOf } from "./frames.ts";
import { joinFrames, mostInWindow, planWindows } from "./windows.ts";

const NONE = { list: [], blocks: 0 };
const SIZES = [
  { frames: 1, overlap: 0 },
  { frames: 8, overlap: 0 },
  { frames: 8, overlap: 2 },
  { frames: 16, overlap: 4 },
  { frames: 7, overlap: 6 },
] as const;
const CLIPS: readonly (readonly [frames: number, scenes: readonly Scene[]])[] = [
  ...[1, 2, 7, 8, 9, 16, 17, 24, 48, 61, 203].map((frames) => [frames, scenesOf(frames)] as const),
  [60, scenesOf(60, [1, 9, 30, 57])],
];

describe.each(SIZES)("windows of $frames frames with $overlap shared", (window) => {
  it.each(CLIPS)(
    "cover each of %i frames with shares that sum to one, in order and within scenes",
    (frames, scenes) => {
      const chunks = planWindows(NONE, scenes, window);
      const sums = new Float64Array(frames);
      for (const { from, to, carried, first, weights } of chunks) {
        const scene = scenes.find((each) => from < each.to)!;
        expect(from).toBeGreaterThanOrEqual(scene.from);
        expect(to).toBeLessThanOrEqual(scene.to);
        expect(to - from).toBeLessThanOrEqual(window.frames);
        expect(carried).toEqual(Array.from({ length: to - from }, (_, i) => from + i));
        expect(first).toBe(0);
        expect(weights).toHaveLength(to - from);
        for (const [i, weight] of weights!.entries()) {
          expect(weight).toBeGreaterThan(0);
          sums[from + i]! += weight;
        }
      }
      for (const sum of sums) expect(sum).toBeCloseTo(1, 12);
      expect(mostInWindow(scenes, window)).toBe(Math.max(...chunks.map(({ from, to }) => to - from)));
      for (const { from, to } of scenes) {
        const own = chunks.filter((chunk) => chunk.from >= from && chunk.to <= to);
        if (to - from <= window.frames) expect(own).toHaveLength(1);
        for (const [k, chunk] of own.entries()) {
          const next = own[k + 1];
          if (next) expect(chunk.to - next.from).toBe(window.overlap);
          // The last one is no rest: all are alike but for a frame.
          expect(Math.abs(chunk.to - chunk.from - (own[0]!.to - own[0]!.from))).toBeLessThanOrEqual(1);
        }
      }
    },
  );
});

it("rise and fall over what they share in equal steps, and count all of what they have alone", () => {
  const [first, last] = planWindows(NONE, scenesOf(10), { frames: 7, overlap: 4 });
  expect([first!.from, first!.to, last!.from, last!.to]).toEqual([0, 7, 3, 10]);
  expect(first!.weights).toEqual([1, 1, 1, 4 / 5, 3 / 5, 2 / 5, 1 / 5]);
  expect(last!.weights).toEqual([1 / 5, 2 / 5, 3 / 5, 4 / 5, 1, 1, 1]);
});

it("are as many as are needed, as equal as can be", () => {
  const spans = (frames: number) =>
    planWindows(NONE, scenesOf(frames), { frames: 16, overlap: 4 }).map(({ from, to }) => [from, to]);
  expect(spans(16)).toEqual([[0, 16]]);
  expect(spans(17)).toEqual([
    [0, 11],
    [7, 17],
  ]);
  expect(spans(28)).toEqual([
    [0, 16],
    [12, 28],
  ]);
  expect(spans(48)).toEqual([
    [0, 15],
    [11, 26],
    [22, 37],
    [33, 48],
  ]);
});

it("have a first, a middle and a last frame of their own", () => {
  const list = ["first", "mid", "last", -1] as const;
  for (const { from, to, attendTo } of planWindows({ list, blocks: 3 }, scenesOf(20), {
    frames: 8,
    overlap: 2,
  }))
    expect(attendTo).toEqual(frameIndices(list, to - from));
});

it("are blended where they overlap, and are what they are elsewhere", () => {
  const chunks = planWindows(NONE, scenesOf(5), { frames: 4, overlap: 2 });
  expect(chunks.map(({ from, to }) => [from, to])).toEqual([
    [0, 4],
    [2, 5],
  ]);
  const parts = [
    floatTensor([4, 2], Float32Array.of(0.1, 1, 0.2, 2, 3, 30, 6, 60)),
    floatTensor([3, 2], Float32Array.of(6, 60, 3, 30, 0.7, 7)),
  ];
  const { shape, data } = joinFrames(chunks, parts);
  expect(shape).toEqual([5, 2]);
  // A third and two thirds of the way from one to the other.
  expect(data).toBeAllclose(Float32Array.of(0.1, 1, 0.2, 2, 4, 40, 4, 40, 0.7, 7), { absolute: 1e-5 });
  for (const i of [0, 1, 2, 3]) expect(data[i]).toBe(parts[0]!.data[i]);
});
