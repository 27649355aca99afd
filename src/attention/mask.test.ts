import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { fixture } from "../../test/support/fixtures.ts";
import { readSafetensors } from "../files/index.ts";
import { type FloatTensor, floatTensor, slice0 } from "../tensor/index.ts";
import { softMask, sumOfTokens, threshold, unionOf } from "./mask.ts";

interface BlendUnit {
  readonly k: number;
  readonly target: readonly [number, number];
  readonly th: readonly [number, number];
  readonly choose: "both" | "source";
}

const { blend } = JSON.parse(readFileSync(fixture("units/units.json"), "utf8")) as { blend: BlendUnit[] };
const { tensors } = await readSafetensors(fixture("units/units.safetensors"));

/** Entry p of [p, F, h, w]. */
const entry = (tensor: FloatTensor, p: number): FloatTensor =>
  floatTensor(tensor.shape.slice(1), slice0(tensor, p, p + 1).data);

describe("masks of the released code from the same word maps", () => {
  it.each(blend)("mask $k: to $target at $th, $choose", ({ k, target, th, choose }) => {
    const words = tensors.get(`blend/${k}/words`)!;
    const expected = tensors.get(`blend/${k}/mask`)!;
    const masks = Array.from({ length: words.shape[0]! }, (_, p) =>
      threshold(softMask(entry(words, p), target[0], target[1]), th[0]),
    );
    expect(masks[0]).toEqual(entry(expected, 0));
    if (choose === "both") expect(unionOf(masks[0]!, masks[1]!)).toEqual(entry(expected, 1));
    expect(masks).toHaveLength(choose === "both" ? 2 : 1);
  });
});

describe("softMask", () => {
  it("is pooled, resized to the nearest pixel and scaled frame by frame", () => {
    const map = floatTensor([2, 4, 4]);
    map.data[0] = 2;
    map.data[16 + 15] = 8;
    const soft = softMask(map, 2, 2);
    expect(Array.from(soft.data)).toEqual([1, 0, 0, 0, 0, 0, 0, 1]);
    map.data[5] = 1;
    expect(Array.from(softMask(map, 2, 2).data.subarray(0, 4))).toEqual([1, 0.5, 0.5, 0.5]);
  });

  it("of no attention at all is zero, so that nothing is masked", () => {
    const soft = softMask(floatTensor([1, 3, 3]), 6, 6);
    expect(Array.from(threshold(soft, 0).data)).toEqual(new Array(36).fill(0));
  });
});

describe("threshold", () => {
  it("is strict, in float32", () => {
    const soft = floatTensor([1, 1, 3], Float32Array.of(0.3, 0.30000004, 1));
    expect(Array.from(threshold(soft, 0.3).data)).toEqual([0, 1, 1]);
    expect(Array.from(threshold(soft, 1).data)).toEqual([0, 0, 0]);
  });
});

describe("sumOfTokens", () => {
  it("sums the columns of some tokens; a token that was not kept counts as zero", () => {
    const maps = floatTensor([1, 2, 3], Float32Array.of(1, 2, 4, 8, 16, 32));
    expect(sumOfTokens(maps, [0, 2], 1, 2)).toEqual(floatTensor([1, 1, 2], Float32Array.of(5, 40)));
    expect(sumOfTokens(maps, [], 2, 1).data).toEqual(Float32Array.of(0, 0));
  });
});
