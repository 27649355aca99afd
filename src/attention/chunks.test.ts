import { describe, expect, it } from "vitest";
import { attendedCount, type FrameList } from "../frame-list.ts";
import { port, symbol } from "../graph/index.ts";
import { floatTensor, take } from "../tensor/index.ts";
import {
  type FrameChunk,
  type FrameReach,
  frameAxis,
  frameReach,
  marginOf,
  mostCarried,
  planChunks,
  wholeChunk,
} from "./chunks.ts";
import { framesAttended, type Scene, scenesOf } from "./frames.ts";

const LISTS: readonly FrameList[] = [
  [],
  [0],
  ["mid"],
  [0, "mid"],
  ["first", "last", 0],
  [-1],
  [-1, "first"],
  [-2, 1, "mid"],
  [0, "spread:3"],
  ["first", "spread:2", -1],
];

/** Whether the frames looked at are the right ones, everywhere it counts for a chunk's own after so many blocks. */
function isExact({ list, blocks }: FrameReach, scenes: readonly Scene[], chunk: FrameChunk): boolean {
  const { carried, attendTo } = chunk;
  const count = attendedCount(list);
  const seen = (place: number): number[] =>
    Array.from(attendTo.data.subarray(place * count, (place + 1) * count), Number);
  // Frames that are what the whole clip makes of them: at first all, after a block those that saw only such.
  let exact = new Set(carried);
  for (let block = 0; block < blocks; block++) {
    const wanted = carried.map((frame) => {
      const scene = scenes.find(({ from, to }) => from <= frame && frame < to)!;
      return framesAttended(list, frame, scene);
    });
    exact = new Set(
      carried.filter((frame, place) => {
        const given = seen(place).map((i) => carried[i]!);
        return given.every((other, i) => other === wanted[place]![i] && exact.has(other)) && exact.has(frame);
      }),
    );
  }
  for (let frame = chunk.from; frame < chunk.to; frame++) if (!exact.has(frame)) return false;
  return true;
}

describe("chunks of a clip", () => {
  it.each(LISTS.map((list) => [list]))("carry at most what is told of them, attending to %j", (list) => {
    for (const frames of [1, 8, 24, 90, 203])
      for (const size of [1, 3, 8]) {
        const reach = { list, blocks: 3 };
        for (const scenes of [scenesOf(frames), scenesOf(frames, frames > 8 ? [5] : [])]) {
          const carried = planChunks(reach, scenes, size).map((chunk) => chunk.carried.length);
          expect(mostCarried(reach, scenes, size)).toBe(Math.max(...carried));
        }
      }
  });

  it.each(LISTS.map((list) => [list]))("give every frame once and exactly, attending to %j", (list) => {
    for (const frames of [1, 2, 7, 24, 61]) {
      for (const size of [1, 4, 8, frames]) {
        for (const blocks of [1, 3]) {
          const reach = { list, blocks };
          const chunks = planChunks(reach, scenesOf(frames), size);
          expect(chunks.map(({ from }) => from)).toEqual([0, ...chunks.slice(0, -1).map(({ to }) => to)]);
          expect(chunks.at(-1)!.to).toBe(frames);
          for (const chunk of chunks) {
            const { from, to, carried, first } = chunk;
            const own = Array.from({ length: to - from }, (_, i) => from + i);
            expect(carried.slice(first, first + to - from)).toEqual(own);
            expect(isExact(reach, scenesOf(frames), chunk)).toBe(true);
          }
        }
      }
    }
  });

  it.each(LISTS.map((list) => [list]))("are those of each scene by itself, attending to %j", (list) => {
    const reach = { list, blocks: 3 };
    const scenes = scenesOf(40, [1, 9, 30]);
    for (const size of [1, 4, 8, 40]) {
      const chunks = planChunks(reach, scenes, size);
      const alone = scenes.flatMap(({ from, to }) =>
        planChunks(reach, scenesOf(to - from), size).map(({ carried, attendTo, first }) => ({
          carried: carried.map((frame) => from + frame),
          ...{ attendTo, first },
        })),
      );
      expect(chunks.map(({ carried, attendTo, first }) => ({ carried, attendTo, first }))).toEqual(alone);
      for (const chunk of chunks) expect(isExact(reach, scenes, chunk)).toBe(true);
    }
    const whole = wholeChunk(reach, scenes);
    expect(whole.carried).toHaveLength(40);
    expect(isExact(reach, scenes, whole)).toBe(true);
  });

  it("carry the listed frames along, and nothing else", () => {
    const chunks = planChunks({ list: [0, "mid"], blocks: 16 }, scenesOf(24), 8);
    expect(chunks.map(({ carried }) => carried)).toEqual([
      [0, 1, 2, 3, 4, 5, 6, 7, 11],
      [8, 9, 10, 11, 12, 13, 14, 15],
      [11, 16, 17, 18, 19, 20, 21, 22, 23],
    ]);
    expect(chunks.map(({ first }) => first)).toEqual([0, 0, 1]);
  });

  it("carry a margin for offsets, as deep as the network", () => {
    const reach = { list: [-2, 1], blocks: 3 };
    expect(marginOf(reach)).toBe(9);
    const [, second] = planChunks(reach, scenesOf(60), 15);
    expect(second!.carried[0]).toBe(15 - 6);
    expect(second!.carried.at(-1)).toBe(29 + 3);
    expect(marginOf({ list: ["first", 0, "last"], blocks: 3 })).toBe(0);
  });

  it("are as equal as can be", () => {
    const sizes = planChunks({ list: [], blocks: 0 }, scenesOf(17), 8).map(({ from, to }) => to - from);
    expect(sizes.toSorted()).toEqual([5, 6, 6]);
  });

  it("are the whole clip where one of them would carry it", () => {
    expect(planChunks({ list: [-1], blocks: 7 }, scenesOf(8), 2)).toHaveLength(1);
    expect(planChunks({ list: [-1], blocks: 7 }, scenesOf(80), 2)).toHaveLength(40);
  });
});

it("counts the blocks that look at other frames", () => {
  expect(frameReach({ frames: [-1], leastChannels: 640 }, [320, 640, 1280])).toEqual({
    list: [-1],
    blocks: 2,
  });
  expect(frameReach({ frames: [0] }, [320, 640])).toEqual({ list: [], blocks: 0 });
});

it("finds the axis of frames of what a graph is fed, and takes some of them", () => {
  const frames = symbol("frames");
  expect(frameAxis(port([3, frames, symbol("height")]))).toBe(1);
  expect(frameAxis(port([3, 4]))).toBe(-1);
  expect(frameAxis(port([symbol("frames", 2)]))).toBe(-1);
  const taken = take(floatTensor([2, 3, 1], Float32Array.of(0, 1, 2, 10, 11, 12)), 1, [2, 0]);
  expect(taken.shape).toEqual([2, 2, 1]);
  expect(Array.from(taken.data)).toEqual([2, 0, 12, 10]);
});
