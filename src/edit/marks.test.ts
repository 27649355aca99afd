import { describe, expect, test } from "vitest";
import { type FloatTensor, floatTensor } from "../tensor/index.ts";
import { allowedAt, areFiner, insideAt, type Marks, marksOf } from "./marks.ts";

/** Pixels of a side of the originals, and of what was edited. */
const LARGE = { width: 64, height: 64 };
const SMALL = { width: 8, height: 8 };

function drawn({ width, height }: typeof LARGE, at: (x: number, y: number) => number): FloatTensor {
  const mask = floatTensor([1, height, width]);
  for (let i = 0; i < mask.data.length; i++) mask.data[i] = at(i % width, Math.floor(i / width));
  return mask;
}

const NONE: Marks = { mask: null, protect: null, regions: [] };
/** White left of the middle, at 33 of 64. */
const left = drawn(LARGE, (x) => Number(x < 33));
const line = drawn(LARGE, (x) => Number(x === 20));
/** What words found: the upper half. */
const automatic = drawn(SMALL, (_, y) => Number(y < 4));
const pixel = (x: number, y: number): number => y * LARGE.width + x;

describe("marks of a frame", () => {
  test("are finer than the edit where any of them has more pixels", () => {
    expect(areFiner({ ...NONE, protect: line }, SMALL)).toBe(true);
    expect(areFiner({ ...NONE, mask: automatic, regions: [null, line] }, SMALL)).toBe(true);
    expect(areFiner({ ...NONE, mask: automatic }, SMALL)).toBe(false);
    expect(areFiner(NONE, SMALL)).toBe(false);
  });

  test("are the frame's own, or those of the picture for all frames", () => {
    const two = floatTensor([2, 1, 1], Float32Array.of(0.25, 0.75));
    const hand = { mask: two, mode: "replace", protect: left } as const;
    const marks = marksOf({ hand, regions: null }, 1);
    expect([...marks.mask!.data]).toEqual([0.75]);
    expect(marks.protect!.data).toEqual(left.data);
  });

  test("enlarged hold nothing outside of their pixels", () => {
    const large = insideAt(automatic, LARGE);
    expect(large[pixel(5, 10)]).toBe(1);
    for (let y = 32; y < 64; y++) expect(large[pixel(5, y)]).toBe(0);
  });
});

describe("where an edit may be", () => {
  const allowed = (marks: Partial<Marks>, mode: "replace" | "add" | "cut" = "replace", keepsRest = false) =>
    allowedAt({ ...NONE, ...marks }, automatic, { mode, keepsRest }, LARGE);

  test("is a mask in place of the automatic one, to the pixel, but for what is protected", () => {
    const at = allowed({ mask: left, protect: line });
    for (const y of [0, 40]) {
      expect(at[pixel(32, y)]).toBe(1);
      expect(at[pixel(33, y)]).toBe(0);
      expect([19, 20, 21].map((x) => at[pixel(x, y)])).toEqual([1, 0, 1]);
    }
  });

  test("is both masks together, or what they have in common", () => {
    const both = allowed({ mask: left }, "add");
    expect([both[pixel(50, 5)], both[pixel(32, 60)], both[pixel(33, 60)]]).toEqual([1, 1, 0]);
    const common = allowed({ mask: left }, "cut");
    expect([common[pixel(32, 5)], common[pixel(33, 5)], common[pixel(5, 60)]]).toEqual([1, 0, 0]);
  });

  test("is anywhere that is not protected, without a mask", () => {
    const at = allowed({ protect: line });
    expect(at.reduce((sum, value) => sum + value, 0)).toBe(64 * 63);
  });

  test("is in the regions, drawn and named, where the rest is kept", () => {
    const at = allowed({ regions: [line, null] }, "replace", true);
    expect([at[pixel(20, 60)], at[pixel(21, 60)], at[pixel(40, 5)]]).toEqual([1, 0, 1]);
  });
});
