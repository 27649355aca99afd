import { expect, it } from "vitest";
import { floatTensor } from "../tensor/index.ts";
import { masksOfSteps } from "./kept-masks.ts";

const size = { height: 1, width: 2 };
const softOf = (step: number) => (height: number, width: number) =>
  floatTensor([1, height, width], Float32Array.from([step / 10, 0.5]));

it("keeps the mask of each step, before and after the threshold", () => {
  const masks = masksOfSteps([2, 7], { softOf, fixed: false }, size, 0.5)!;
  expect(masks).toMatchObject({ steps: [2, 7], fixed: false, threshold: 0.5 });
  expect(masks.soft.shape).toEqual([2, 1, 1, 2]);
  expect([...masks.soft.data]).toEqual([2, 5, 7, 5].map((n) => Math.fround(n / 10)));
  expect([...masks.hard.data]).toEqual([0, 0, 1, 0]);
});

it("keeps one mask that serves all steps once, and none where there is none", () => {
  const masks = masksOfSteps([3, 4, 5], { softOf, fixed: true }, size, 0.2)!;
  expect(masks.steps).toEqual([3, 4, 5]);
  expect([...masks.hard.data]).toEqual([1, 1]);
  expect(masksOfSteps([], { softOf, fixed: true }, size, 0.2)).toBeUndefined();
});
