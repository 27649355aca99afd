import { describe, expect, test } from "vitest";
import { paint, wavyTexture } from "../../test/support/moving-pictures.ts";
import type { Frame } from "../video/index.ts";
import { ssim } from "./ssim.ts";

const colours = (seed: number): Frame =>
  paint(48, 40, wavyTexture(seed), wavyTexture(seed + 1), wavyTexture(seed + 2));
const picture = colours(1);
const changed = (to: (value: number, k: number) => number): Frame => ({
  ...picture,
  data: Uint8Array.from(picture.data, (value, k) => Math.min(Math.max(to(value, k), 0), 255)),
});
const noisy = changed((value, k) => value + ((k * 7919) % 41) - 20);
const leftHalf = (_: number, i: number): number => Number(i % 48 < 24);

describe("SSIM", () => {
  // scikit-image 0.26, structural_similarity(gaussian_weights, sigma=1.5, use_sample_covariance=False) of unrounded luma.
  test.each([
    ["noise", noisy, 0.9496259292514532, 0.9559492545328944],
    [
      "half the contrast",
      changed((value) => Math.floor(value / 2) + 40),
      0.7874789503070557,
      0.782823089925396,
    ],
    ["another picture", colours(50), 0.1403734836969037, 0.19108572285432268],
  ])("is that of scikit-image, whole and in a part: %s", (_, other, whole, left) => {
    expect([ssim([picture], [other])!, ssim([picture], [other], leftHalf)!]).toBeAllclose([whole, left], {
      absolute: 1e-8,
    });
  });

  test("is 1 for equal clips, and the mean over frames", () => {
    expect(ssim([picture, noisy], [picture, noisy])).toBe(1);
    expect(ssim([picture, picture], [picture, noisy])).toBeCloseTo((1 + 0.9496259292514532) / 2, 7);
    expect(ssim([picture, picture], [picture, noisy], (f) => 1 - f)).toBe(1);
  });

  test("does not round floats", () => {
    const floats = { ...picture, data: Float32Array.from(noisy.data, (value) => value + 0.4) };
    const moved = ssim([picture], [floats])!;
    expect(moved).not.toBe(ssim([picture], [noisy]));
    expect(moved).toBeCloseTo(0.9496, 2);
  });

  test("of flat pictures is that of their brightness alone", () => {
    const flat = (value: number): Frame => paint(16, 12, () => value);
    const c1 = 2.55 ** 2;
    const expected = (2 * 50 * 100 + c1) / (50 ** 2 + 100 ** 2 + c1);
    expect(ssim([flat(50)], [flat(100)])).toBeCloseTo(expected, 6);
  });

  test("of a picture smaller than the window has the largest window that fits", () => {
    const one = (value: number): Frame => paint(1, 1, () => value);
    expect(ssim([one(50)], [one(100)])).toBeCloseTo((2 * 5000 + 2.55 ** 2) / (12500 + 2.55 ** 2), 9);
    const [a, b] = [paint(6, 3, wavyTexture(1)), paint(6, 3, wavyTexture(2))];
    // One window of 5×3 at two places, by the definition.
    const side = (n: number): number[] => {
      const weights = Array.from({ length: n }, (_, k) => Math.exp(-((k - (n - 1) / 2) ** 2) / 4.5));
      return weights.map((weight) => weight / weights.reduce((x, y) => x + y));
    };
    const at = (x0: number): number => {
      const mean = (value: (i: number) => number): number =>
        side(3).reduce(
          (sum, wy, y) => sum + side(5).reduce((row, wx, x) => row + wx * wy * value(y * 6 + x0 + x), 0),
          0,
        );
      const [p, q] = [(i: number) => a.data[3 * i]!, (i: number) => b.data[3 * i]!];
      const [mp, mq] = [mean(p), mean(q)];
      const covariance = mean((i) => (p(i) - mp) * (q(i) - mq));
      const spread = mean((i) => (p(i) - mp) ** 2) + mean((i) => (q(i) - mq) ** 2);
      const [c1, c2] = [2.55 ** 2, 7.65 ** 2];
      return ((2 * mp * mq + c1) * (2 * covariance + c2)) / ((mp ** 2 + mq ** 2 + c1) * (spread + c2));
    };
    expect(ssim([a], [b])).toBeCloseTo((at(0) + at(1)) / 2, 6);
  });

  test("has no value where no pixel counts", () => {
    expect(ssim([picture], [noisy], () => 0)).toBeNull();
    expect(ssim([], [])).toBeNull();
  });
});
