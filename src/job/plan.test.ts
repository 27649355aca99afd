import { describe, expect, test } from "vitest";
import { SHALLOW_WORK } from "../edit/index.ts";
import { loadModel } from "../pipeline/index.node.ts";
import { type Model, resolveMethod } from "../pipeline/index.ts";
import { secondsOf, workOf } from "./estimate.ts";
import { checkEdit } from "./plan.ts";

const model: Model = await loadModel("tinytown");
const SOURCE = "a red car on a road under a blue sky";
const BLUE = "a blue car on a road under a blue sky";
const size = { width: 128, height: 128 };

function check(
  options: Omit<Parameters<typeof checkEdit>[3], "prompt"> & { prompt?: string },
  compat = false,
) {
  const settings = resolveMethod(model, compat ? { compat: "fatezero" } : {});
  return checkEdit(model, { prompt: SOURCE, steps: 10, settings }, size, { prompt: BLUE, ...options });
}

describe("options that would do nothing are refused", () => {
  test.each([
    ["negative", { negative: "night", guidance: 1 }],
    ["maskThreshold", { maskWords: "none" as const, maskThreshold: 0.3 }],
    ["maskThreshold", { prompt: `watercolor painting of ${SOURCE}`, maskThreshold: 0.3 }],
    ["maskWords", { maskWords: { source: ["car"] }, maskThreshold: 1, latentBlend: false }],
    ["maskFrom", { maskFrom: "difference" as const, maskThreshold: 1, latentBlend: false }],
    ["maskFrom", { prompt: `watercolor painting of ${SOURCE}`, maskFrom: "difference" as const }],
    ["maskWords", { maskWords: { source: ["car"] }, selfSteps: 0, latentBlend: false }],
    ["maskThreshold", { maskThreshold: 0.3, selfSteps: 0, latentBlend: false }],
    ["amplify blue", { amplify: [["blue", 2]] as const, crossSteps: 0 }],
    [
      "amplify sky",
      { amplify: [["blue", 2] as const, ["sky", 2] as const], crossSteps: [["sky", 0] as const] },
    ],
  ])("%s", async (flag, options) => {
    await expect(check(options)).rejects.toThrow(`${flag} would have no effect`);
  });

  test("a blend that would keep everything", async () => {
    await expect(check({ latentBlend: true, maskThreshold: 1 })).rejects.toThrow("this edit has no mask");
    // The model's own preset blends, but not without a mask.
    expect((await check({ maskThreshold: 1 })).settings.latentBlend).toBe(false);
    expect((await check({ maskThreshold: 1, latentBlend: false })).settings.maskThreshold).toBe(1);
  });

  test("but not those that do something", async () => {
    expect((await check({ negative: "night" })).plan.method).toBe("replace");
    expect(
      (await check({ maskWords: { source: ["car"] }, maskThreshold: 0.4 })).plan.mask.sourceWords,
    ).toEqual(["car"]);
    expect((await check({ maskThreshold: 0.3, selfSteps: 0, latentBlend: true })).settings.latentBlend).toBe(
      true,
    );
    expect((await check({ amplify: [["blue", 2]] })).plan.maxAmplification).toBe(2);
  });
});

test("words without a window of their own keep the preset's", async () => {
  const { settings } = await check({});
  expect((await check({ crossSteps: [["sky", 0.1]] })).settings.crossSteps).toEqual([
    ["default_", settings.crossSteps],
    ["sky", 0.1],
  ]);
  expect((await check({ crossSteps: 0.3 })).settings.crossSteps).toBe(0.3);
});

test("what compat would ignore is an error on a command line", async () => {
  await expect(check({ amplify: [["horse", 2]] }, true)).rejects.toThrow(
    '"horse" is not a word of the target prompt',
  );
  await expect(check({ prompt: `${BLUE} `.repeat(20) }, true)).rejects.toThrow("longer than 77 tokens");
  await expect(check({ maskWords: { source: ["red"] } }, true)).rejects.toThrow("Use a size from 320");
});

test("the estimate counts branches: one to invert, source, free and target to edit", async () => {
  const { plan } = await check({ selfSteps: 0.5, crossSteps: 0.2 });
  const at = (guidance: number, fuseFrom: "inversion" | "reconstruction" = "inversion") => ({
    plan,
    settings: { guidance, fuseFrom },
  });
  expect(workOf(10, at(7.5))).toEqual({ invert: 10, edit: [3, 3, 3, 3, 3, 2, 2, 2, 2, 2] });
  expect(workOf(0, at(1)).edit).toEqual([2, 2, 2, 2, 2, 1, 1, 1, 1, 1]);
  const inPart = {
    plan,
    settings: { ...at(7.5, "reconstruction").settings, guidanceSteps: [0.2, 0.7] },
  } as const;
  expect(workOf(0, inPart)).toEqual({ invert: 0, reconstruct: 15, edit: [2, 2, 3, 3, 3, 2, 2, 1, 1, 1] });
  const shallow = { plan, settings: { ...at(7.5).settings, reuseDeep: 2 } };
  const [fused, own] = [3 * SHALLOW_WORK, 2 * SHALLOW_WORK];
  expect(workOf(0, shallow).edit).toEqual([3, fused, 3, fused, 3, 2, own, 2, own, 2]);
  expect(secondsOf(workOf(10, at(7.5)), 2)).toBe(70);
  expect(secondsOf(workOf(10, at(7.5, "reconstruction")), 2)).toBe(110);
});
