import { describe, expect, it } from "vitest";
import { evaluate64 } from "../../../test/support/float64.ts";
import { constant, type Value } from "../../graph/index.ts";
import {
  alphaFlowLoss,
  bootstrapLoss,
  colorLoss,
  flowLoss,
  gradientLoss,
  identityLoss,
  rigidityLoss,
  sparsityLoss,
} from "./losses.ts";

const rows = (...values: readonly (readonly number[])[]): Value =>
  constant([values.length, values[0]!.length], values.flat());
const lossOf = (loss: Value): number => evaluate64([loss], {})[0]!.data[0]!;

/** A mapping's columns, the same at two pixels. */
function rigidityOf(byX: readonly number[], byY: readonly number[]): number {
  return lossOf(rigidityLoss(rows(byX, byX), rows(byY, byY)));
}

describe("rigidity", () => {
  it("is nothing for turns and mirrors", () => {
    const [cos, sin] = [Math.cos(0.7), Math.sin(0.7)];
    for (const [byX, byY] of [
      [
        [1, 0],
        [0, 1],
      ],
      [
        [cos, sin],
        [-sin, cos],
      ],
      [
        [0, 1],
        [1, 0],
      ],
    ] as const)
      expect([rigidityOf(byX, byY)]).toBeAllclose([0], { absolute: 1e-5 });
  });

  // The tolerance is what is added so that it stays finite.
  it("is what Eq. 9 says of a stretch and of a shear", () => {
    const stretch = Math.hypot(4, 1) + Math.hypot(1 / 4, 1) - Math.sqrt(8);
    expect([rigidityOf([2, 0], [0, 1])]).toBeAllclose([stretch], { relative: 5e-3 });
    // JᵀJ = [1, 1; 1, 2], its inverse [2, −1; −1, 1].
    const shear = 2 * Math.sqrt(1 + 2 + 4) - Math.sqrt(8);
    expect([rigidityOf([1, 0], [1, 1])]).toBeAllclose([shear], { relative: 5e-3 });
  });

  it("is large and finite where a mapping folds up", () => {
    const folded = rigidityOf([1, 0], [1, 0]);
    expect(folded).toBeGreaterThan(100);
    expect(folded).toBeLessThan(1e4);
  });
});

describe("flow", () => {
  const places = rows([5, 5], [9, 1], [0, 0]);

  it("is nothing where a mapping follows it", () => {
    const loss = flowLoss(places, places, rows([1], [1], [1]), rows([1], [1], [1]));
    expect([lossOf(loss)]).toBeAllclose([0], { absolute: 1e-9 });
  });

  it("is the distance in pixels by the layer's share, over the pixels that have a match", () => {
    const matches = rows([8, 9], [9, 1], [700, 0]);
    const loss = flowLoss(places, matches, rows([0.5], [1], [1]), rows([1], [1], [0]));
    expect([lossOf(loss)]).toBeAllclose([(0.5 * 5 + 0) / 2], { absolute: 1e-3 });
    const none = flowLoss(places, matches, rows([1], [1], [1]), rows([0], [0], [0]));
    expect(lossOf(none)).toBe(0);
  });

  it("of alpha is the mean difference over the same pixels", () => {
    const loss = alphaFlowLoss(rows([0.2], [0.9], [0]), rows([0.6], [0.8], [1]), rows([1], [1], [0]));
    expect([lossOf(loss)]).toBeAllclose([(0.4 + 0.1) / 2], { absolute: 1e-3 });
  });
});

describe("reconstruction", () => {
  it("is the squared distance of colours", () => {
    const loss = colorLoss(rows([0.5, 0, 1], [1, 1, 1]), rows([0, 0, 1], [0, 1, 0.5]));
    expect([lossOf(loss)]).toBeAllclose([(0.25 + 1.25) / 2], { absolute: 1e-6 });
  });

  it("asks the same of differences to neighbours, whatever the colours are", () => {
    const grey = (here: number, right: number, below: number) => ({
      here: rows([here, here, here]),
      right: rows([right, right, right]),
      below: rows([below, below, below]),
    });
    const shifted = gradientLoss(grey(0.5, 0.75, 0.25), grey(0.25, 0.5, 0));
    expect([lossOf(shifted)]).toBeAllclose([0], { absolute: 1e-9 });
    const off = gradientLoss(grey(0, 0.5, 0), grey(0, 0, 0.25));
    expect([lossOf(off)]).toBeAllclose([3 * (0.25 + 0.0625)], { absolute: 1e-6 });
  });
});

describe("the layers", () => {
  it("are sparse where what is not seen of the foreground is black", () => {
    const black = sparsityLoss(rows([0], [1]), rows([0, 0, 0], [1, 1, 1]));
    expect(lossOf(black)).toBe(0);
    const white = sparsityLoss(rows([0.5], [1]), rows([1, 1, 1], [1, 1, 1]));
    expect([lossOf(white)]).toBeAllclose([(3 * 0.25) / 2], { absolute: 1e-6 });
  });

  it("follow the mask by its cross entropy", () => {
    const loss = bootstrapLoss(rows([0.25], [0.5]), rows([1], [0.5]));
    expect([lossOf(loss)]).toBeAllclose([(Math.log(4) + Math.log(2)) / 2], { relative: 1e-6 });
    const best = bootstrapLoss(rows([0.3]), rows([0.3]));
    const other = bootstrapLoss(rows([0.4]), rows([0.3]));
    expect(lossOf(best)).toBeLessThan(lossOf(other));
  });

  it("begin where the picture is", () => {
    const loss = identityLoss(rows([0.3, 0.4], [1, 1]), rows([0, 0], [1, 1]));
    expect([lossOf(loss)]).toBeAllclose([0.25], { absolute: 1e-3 });
  });
});
