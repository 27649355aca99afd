import { describe, expect, it } from "vitest";
import { FateZeroError } from "../errors.ts";
import { floatTensor } from "../tensor/index.ts";
import { clipTextScore, directionalSimilarity, frameAccuracy, temporalConsistency } from "./clip-scores.ts";

const rows = (...list: readonly (readonly number[])[]) =>
  floatTensor([list.length, list[0]!.length], Float32Array.from(list.flat()));
const angle = (degrees: number): readonly number[] => {
  const radians = (degrees * Math.PI) / 180;
  return [Math.cos(radians), Math.sin(radians)];
};
const turned = (...degrees: readonly number[]) => rows(...degrees.map(angle));
const cos = (degrees: number): number => angle(degrees)[0]!;

describe("temporal consistency", () => {
  it("is the mean cosine of consecutive frames", () => {
    expect(temporalConsistency(turned(0, 60, 0))).toBeCloseTo(0.5, 6);
    expect(temporalConsistency(turned(0, 90, 120))).toBeCloseTo((0 + cos(30)) / 2, 6);
    expect(temporalConsistency(turned(5, 5, 5))).toBeCloseTo(1, 6);
    expect(temporalConsistency(rows([1, 0], [-3, 0]))).toBeCloseTo(-1, 6);
  });

  it("is null for a single frame, and for none", () => {
    expect(temporalConsistency(turned(7))).toBeNull();
    expect(temporalConsistency(floatTensor([0, 2]))).toBeNull();
  });
});

describe("frame accuracy", () => {
  it("is the share of frames nearer to the target; a tie is one in compat only", () => {
    const frames = turned(10, 45, 80, 90);
    expect(frameAccuracy(frames, turned(0), turned(90))).toBe(0.5);
    expect(frameAccuracy(rows([1, 1], [1, 1]), rows([1, 0]), rows([0, 1]))).toBe(0);
    expect(frameAccuracy(rows([1, 1], [1, 1]), rows([1, 0]), rows([0, 1]), { compat: "fatezero" })).toBe(1);
    expect(frameAccuracy(floatTensor([0, 2]), turned(0), turned(90))).toBeNull();
  });

  it("counts a difference that the softmax would round to none", () => {
    const [source, target] = [rows([1, 0, 0]), rows([1, 1e-3, 0])];
    expect(frameAccuracy(rows([1, 2e-3, 0]), source, target)).toBe(1);
    expect(frameAccuracy(rows([1, 4e-4, 0]), source, target)).toBe(0);
  });
});

describe("the text score", () => {
  it("is the mean cosine with the target", () => {
    expect(clipTextScore(turned(0, 60), turned(0))).toBeCloseTo(0.75, 6);
    expect(clipTextScore(floatTensor([0, 2]), turned(0))).toBeNull();
  });
});

describe("directional similarity", () => {
  const [from, to] = [rows([1, 0, 0]), rows([0, 1, 0])];
  it("is the mean cosine of the ways of pictures and words", () => {
    const before = rows([1, 0, 0], [1, 0, 0]);
    expect(directionalSimilarity(before, rows([0, 1, 0], [0, 1, 0]), from, to)).toBeCloseTo(1, 6);
    // Along the wanted way, and across it.
    expect(directionalSimilarity(before, rows([0, 1, 0], [1, 0, 1]), from, to)).toBeCloseTo(0.5, 6);
    expect(directionalSimilarity(before, rows([2, -1, 0], [2, -1, 0]), from, to)).toBeCloseTo(-1, 6);
  });

  it("counts 0 for a frame that did not change, but for rounding", () => {
    const before = rows([1, 0, 0], [1, 0, 0]);
    expect(directionalSimilarity(before, rows([0, 1, 0], [1, 2e-6, 0]), from, to)).toBeCloseTo(0.5, 6);
    expect(directionalSimilarity(before, before, from, to)).toBe(0);
  });

  it("is null where the prompts say the same", () => {
    expect(directionalSimilarity(from, to, from, from)).toBeNull();
  });
});

it("refuses embeddings that do not go together", () => {
  const two = turned(0, 90);
  const cases = [
    () => frameAccuracy(two, two, turned(0)),
    () => clipTextScore(two, rows([1, 0, 0])),
    () => directionalSimilarity(two, turned(0), turned(0), turned(90)),
    () => temporalConsistency(floatTensor([3])),
  ];
  for (const call of cases) {
    expect(call).toThrow(FateZeroError);
    expect(call).toThrow(/Embed|embeddings/);
  }
});
