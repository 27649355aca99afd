import { expect, test } from "vitest";
import { floatTensor } from "../tensor/index.ts";
import { framesBehind, withBehind } from "./behind.ts";
import { grow, holeMask } from "./hole.ts";
import { atLevel, roughFill } from "./rough-fill.ts";

const tensor = (shape: readonly number[], values: readonly number[]) =>
  floatTensor(shape, Float32Array.from(values));

test("a map grows down and to the sides, and not up where it is not asked", () => {
  const map = tensor([1, 3, 3], [0, 0, 0, 0, 0.5, 0, 0, 0, 0]);
  expect([...grow(map, { up: 0, down: 1, sideways: 1 }).data]).toEqual([
    0, 0, 0, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5,
  ]);
  expect([...grow(map, { up: 1, down: 0, sideways: 0 }).data]).toEqual([0, 0.5, 0, 0, 0.5, 0, 0, 0, 0]);
});

test("nothing of a hole is lost at a coarser size", () => {
  const map = tensor([1, 4, 4], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
  expect([...holeMask(map).at(0)(2, 2).data]).toEqual([0, 0, 0, 1]);
});

/** Two frames of one row; the thing stands at place 2 in the first and at place 5 in the second. */
const hole = tensor([2, 1, 8], [0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0]);
const row = [1, 2, 3, 4, 5, 6, 7, 8];

test("what is behind is taken from a frame that shows it", () => {
  const clean = tensor([2, 1, 1, 8], [1, 2, 99, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 99, 7, 8]);
  const behind = framesBehind(hole, clean);
  expect([...behind]).toEqual([-1, -1, 1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 0, -1, -1]);
  expect([...withBehind(clean, behind).data]).toEqual([...row, ...row]);
});

test("a frame of another place shows nothing of it", () => {
  const other = row.map((value) => -20 * value);
  const clean = tensor([2, 1, 1, 8], [...row, ...other]);
  expect(framesBehind(hole, clean).every((frame) => frame === -1)).toBe(true);
});

test("a hole is filled smoothly from its rim, and what is around it stays", () => {
  const clean = tensor([2, 1, 1, 8], [1, 2, 99, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 99, 7, 8]);
  const filled = roughFill(clean, hole);
  for (const [i, value] of filled.data.entries()) expect(value).toBeCloseTo([...row, ...row][i]!, 4);
  const all = tensor([1, 1, 1, 2], [3, 4]);
  expect([...roughFill(all, tensor([1, 1, 2], [1, 1])).data]).toEqual([3, 4]);
});

test("noise of a level is the same in every frame, and none at ᾱ = 1", () => {
  const clean = tensor([2, 1, 1, 2], [1, 2, 1, 2]);
  expect([...atLevel(clean, 1).data]).toEqual([1, 2, 1, 2]);
  const [a, b, c, d] = atLevel(clean, 0.5).data;
  expect([c, d]).toEqual([a, b]);
  expect(a).not.toBeCloseTo(Math.sqrt(0.5));
});
