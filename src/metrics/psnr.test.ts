import { expect, test } from "vitest";
import { psnr } from "./psnr.ts";

const frame = (...values: number[]) => ({
  width: 2,
  height: 1,
  data: Uint8Array.from(values.flatMap((v) => [v, v, v])),
});

test("PSNR is that of the mean squared error over all frames", () => {
  expect(psnr([frame(0, 0)], [frame(255, 255)])).toBeCloseTo(0);
  // One pixel of four differs by 51, a fifth of the peak: 20·log10(5) + 10·log10(4).
  expect(psnr([frame(0, 0), frame(9, 9)], [frame(51, 0), frame(9, 9)])).toBeCloseTo(13.979 + 6.021, 2);
});

test("equal clips have an infinite PSNR", () => {
  expect(psnr([frame(7, 8)], [frame(7, 8)])).toBe(Number.POSITIVE_INFINITY);
});

test("a weight chooses pixels; no pixels have no PSNR", () => {
  const pair = [[frame(0, 5)], [frame(51, 5)]] as const;
  expect(psnr(...pair, (_, i) => (i === 0 ? 1 : 0))).toBeCloseTo(13.979, 2);
  expect(psnr(...pair, (_, i) => i)).toBe(Number.POSITIVE_INFINITY);
  expect(psnr(...pair, () => 0)).toBeNull();
});
