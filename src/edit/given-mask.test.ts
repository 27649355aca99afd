import { describe, expect, it } from "vitest";
import type { FateZeroError } from "../errors.ts";
import { inWords } from "../say.ts";
import { floatTensor } from "../tensor/index.ts";
import { type GivenMasks, handMasksOf, maskOfFrames, resizeMask } from "./given-mask.ts";

/** A mask of 4 by 2 positions, one value for its left and one for its right half. */
const halves = (left: number, right: number) =>
  floatTensor([1, 2, 4], Float32Array.from([left, left, right, right, left, left, right, right]));

function faultOf(masks: GivenMasks, compat = false): { code: string; what: string; remedy: string } {
  try {
    handMasksOf(masks, compat);
  } catch (error) {
    const { code, said } = error as FateZeroError;
    return { code, what: inWords(said.what), remedy: inWords(said.remedy) };
  }
  throw new Error("nothing was thrown");
}

describe("masks by hand", () => {
  it("are read from pictures as luma over black, soft values kept and noise of coding dropped", () => {
    const rgb = Uint8Array.from([255, 255, 255, 0, 0, 0, 128, 128, 128, 2, 2, 2, 253, 253, 253, 255, 0, 0]);
    const [white, black, grey, dark, bright, red] = maskOfFrames([{ width: 6, height: 1, data: rgb }]).data;
    expect([white, black, dark, bright]).toEqual([1, 0, 0, 1]);
    expect(grey).toBeCloseTo(128 / 255, 6);
    expect(red).toBeCloseTo(0.299, 6);
    const rgba = Uint8Array.from([255, 255, 255, 255, 255, 255, 255, 0]);
    expect([...maskOfFrames([{ width: 2, height: 1, data: rgba }]).data]).toEqual([1, 0]);
  });

  it("shrink to the mean of what a pixel covers", () => {
    const [left, right] = resizeMask(halves(1, 0), 1, 2).data;
    expect(left).toBeGreaterThan(0.8);
    expect(right).toBeLessThan(0.2);
  });

  it("are none where none is given", () => {
    expect(handMasksOf({}, false)).toEqual({ hand: null, warnings: [] });
  });

  it("are refused where they mark nothing, and where what is protected leaves nothing", () => {
    expect(faultOf({ mask: halves(0, 0) })).toMatchObject({ code: "mask-blank" });
    expect(faultOf({ mask: halves(0, 1 / 255) }).what).toContain("its brightest pixel is 1 of 255");
    expect(faultOf({ protect: halves(0, 0) }).what).toContain("so nothing is protected");
    expect(faultOf({ protect: halves(1, 1) })).toMatchObject({ code: "protect-everything" });
    const same = faultOf({ mask: halves(0, 1), protect: halves(0.1, 0.9) });
    expect(same).toMatchObject({
      code: "protect-everything",
      what: expect.stringContaining("all that mask marks"),
    });
    expect(handMasksOf({ mask: halves(0, 1), protect: halves(1, 0) }, false).warnings).toEqual([]);
  });

  it("are asked about where they are almost white", () => {
    const wide = floatTensor([1, 10, 10], new Float32Array(100).fill(1));
    wide.data[3] = 0;
    const { warnings } = handMasksOf({ mask: wide }, false);
    expect(warnings.map(({ code }) => code)).toEqual(["mask-almost-white"]);
    expect(inWords(warnings[0]!.message)).toMatch(/mask is 99\.0 % white.*invert it/s);
    wide.data.fill(0, 0, 10);
    expect(handMasksOf({ mask: wide }, false).warnings).toEqual([]);
  });

  it("are refused in the released code's mode, and a mode without a mask", () => {
    expect(faultOf({ mask: halves(0, 1) }, true)).toMatchObject({
      code: "mask-conflict",
      remedy: expect.stringContaining("compat"),
    });
    expect(faultOf({ maskMode: "add" })).toMatchObject({
      code: "mask-conflict",
      remedy: "Add mask, or leave maskMode out.",
    });
    expect(faultOf({ maskMode: "cut", protect: halves(0, 1) })).toMatchObject({ code: "mask-conflict" });
  });

  it("are refused where they are none", () => {
    const broken = [
      [],
      floatTensor([2, 4]),
      halves(0, 2),
      "mask.png",
      [{ width: 2, height: 1, data: new Uint8Array(5) }],
    ];
    for (const mask of broken) expect(faultOf({ mask } as GivenMasks).code).toMatch(/^bad-(argument|frame)$/);
  });
});
