import { expect, it } from "vitest";
import { floatTensor } from "../tensor/index.ts";
import { masksOfSteps, meanMask } from "./kept-masks.ts";
import { automaticMask } from "./masks.ts";

const size = { height: 1, width: 2, tau: 0.5 };
const at = (inverted: number) => (height: number, width: number) =>
  floatTensor([1, height, width], Float32Array.from([inverted / 10, 0.5]));
const steps = [
  { index: 2, inverted: 7 },
  { index: 7, inverted: 2 },
];

it("keeps the mask of each step, before and after the threshold", () => {
  const masks = masksOfSteps(steps, automaticMask({ at, fixed: false }, 0.5), size)!;
  expect(masks).toMatchObject({ steps: [2, 7], fixed: false, threshold: 0.5 });
  expect(masks.soft.shape).toEqual([2, 1, 1, 2]);
  expect([...masks.soft.data]).toEqual([7, 5, 2, 5].map((n) => Math.fround(n / 10)));
  expect([...masks.hard.data]).toEqual([1, 0, 0, 0]);
  expect(meanMask(masks)).toEqual(floatTensor([1, 1, 2], Float32Array.of(0.5, 0)));
});

it("keeps one mask that serves all steps once, and none where there is none", () => {
  const masks = masksOfSteps(steps, automaticMask({ at, fixed: true }, 0.2), { ...size, tau: 0.2 })!;
  expect(masks.steps).toEqual([2, 7]);
  expect([...masks.hard.data]).toEqual([1, 1]);
  expect(masksOfSteps([], automaticMask({ at, fixed: true }, 0.5), size)).toBeUndefined();
});
