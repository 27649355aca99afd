import { expect, test } from "vitest";
import { maskIou } from "./mask-iou.ts";

test("the share of common pixels; soft masks count from a half", () => {
  expect(maskIou([1, 1, 0, 0], [0, 1, 1, 0])).toBeCloseTo(1 / 3);
  expect(maskIou([0.5, 0.49, 1], [1, 0, 0.2])).toBe(0.5);
  expect(maskIou([1, 0, 0.2], [0.5, 0.49, 1])).toBe(0.5);
  expect(maskIou([0, 1], [0, 0.7])).toBe(1);
  expect(maskIou([1, 0], [0, 1])).toBe(0);
});

test("two empty masks have none, one empty mask 0", () => {
  expect(maskIou([0, 0.4], [0.1, 0])).toBeNull();
  expect(maskIou([0, 0], [0, 1])).toBe(0);
});
