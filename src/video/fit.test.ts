import { expect, it } from "vitest";
import { fitToModel } from "./fit.ts";

it.each([
  [1920, 1080, 512, 64, 896, 512],
  [1080, 1920, 512, 64, 512, 896],
  [128, 128, 128, 8, 128, 128],
  [640, 480, 512, 64, 704, 512],
  [100, 1000, 8, 64, 64, 64],
])("%i x %i at %i in steps of %i is %i x %i", (width, height, shortSide, multiple, w, h) => {
  expect(fitToModel(width, height, shortSide, multiple)).toEqual({ width: w, height: h });
});
