import { describe, expect, test } from "vitest";
import { isFieldKey } from "../request/index.ts";
import { adviceIn } from "../say.ts";
import { judgeEdit, judgeInversion, type Measurements, VERDICT_LIMITS } from "./verdict.ts";

const good: Measurements = { vaePsnr: 28, drift: 0.05, maskShare: 0.2, changePsnr: 18, keptPsnr: 33 };
const plain = { samePrompts: false, wholePicture: false };

const codes = (measured: Partial<Measurements>, job: Partial<typeof plain> = {}): string[] => {
  const all = { ...good, ...measured };
  return [...judgeInversion(all), ...judgeEdit(all, { ...plain, ...job })].map(({ code }) => code);
};

test("a good edit, and one of which nothing is known, get no verdict", () => {
  expect(codes({})).toEqual([]);
  const nothing = { vaePsnr: null, drift: null, maskShare: null, changePsnr: null, keptPsnr: null };
  expect(codes(nothing)).toEqual([]);
});

describe.each<[string, string, Partial<Measurements>, Partial<Measurements>]>([
  ["a VAE that loses the clip", "not-reconstructed", { vaePsnr: 16.9 }, { vaePsnr: VERDICT_LIMITS.vaePsnr }],
  ["a trajectory that drifts", "not-reconstructed", { drift: 0.31 }, { drift: VERDICT_LIMITS.drift }],
  ["an empty mask", "mask-empty", { maskShare: 0 }, { maskShare: VERDICT_LIMITS.maskEmpty }],
  [
    "a mask of the peak alone",
    "mask-empty",
    { maskShare: 0.14, leastMaskShare: 0.14 },
    { leastMaskShare: 0.14 },
  ],
  ["a removal that no frame helps", "made-up", { shownShare: 0.4 }, { shownShare: 0.996 }],
  ["a full mask", "mask-full", { maskShare: 0.95 }, { maskShare: VERDICT_LIMITS.maskFull }],
  ["no change", "nothing-changed", { changePsnr: Number.POSITIVE_INFINITY }, { changePsnr: 36 }],
  ["another picture", "everything-changed", { keptPsnr: 12 }, { keptPsnr: 13 }],
])("%s", (_, code, wrong, right) => {
  test("is told, and its limit is not", () => {
    expect(codes(wrong)).toEqual([code]);
    expect(codes(right)).toEqual([]);
  });
  test("names a field to turn and a number", () => {
    const all = { ...good, ...wrong };
    const [verdict] = [...judgeInversion(all), ...judgeEdit(all, plain)];
    expect(adviceIn(verdict!.remedy).filter(({ field }) => !isFieldKey(field))).toEqual([]);
    expect(adviceIn(verdict!.remedy)).not.toEqual([]);
    expect(verdict!.message).toMatch(/\d+(\.\d+)? (%|dB)|equal/);
  });
});

test("the same sentence twice may change nothing, a change of the whole picture everything", () => {
  expect(codes({ changePsnr: 50 }, { samePrompts: true })).toEqual([]);
  expect(codes({ keptPsnr: 5 }, { wholePicture: true })).toEqual([]);
});
