import { describe, expect, test } from "vitest";
import type { Frame } from "../video/index.ts";
import { colorDrift } from "./color-drift.ts";
import { deltaE2000, type Lab, labOf } from "./lab.ts";

describe("CIELAB", () => {
  // scikit-image 0.26, rgb2lab, whose matrix has a digit less.
  test.each([
    [
      [255, 0, 0],
      [53.2405879437449, 80.0923082256922, 67.2027510444287],
    ],
    [
      [12, 200, 90],
      [70.95515778386758, -64.82005977612043, 43.06522830001678],
    ],
    [
      [1, 2, 3],
      [0.5098250675092579, -0.12249030481625844, -0.470496076550625],
    ],
    [
      [128, 128, 128],
      [53.58501345216902, 0, 0],
    ],
    [
      [0, 0, 255],
      [32.29567256501351, 79.18559091176556, -107.85730020669489],
    ],
    [
      [0, 0, 0],
      [0, 0, 0],
    ],
    [
      [255, 255, 255],
      [100, 0, 0],
    ],
  ] as const)("of %j", ([r, g, b], lab) => {
    expect(labOf(r, g, b)).toBeAllclose(lab, { absolute: 0.01 });
  });

  // Test data of Sharma, Wu, Dalal (2005), Table 1; scikit-image gives the same.
  test.each<[Lab, Lab, number]>([
    [[50, 2.6772, -79.7751], [50, 0, -82.7485], 2.0425],
    [[50, -1.3802, -84.2814], [50, 0, -82.7485], 1],
    [[50, 0, 0], [50, -1, 2], 2.3669],
    [[50, 2.49, -0.001], [50, -2.49, 0.0009], 7.1792],
    [[50, 2.49, -0.001], [50, -2.49, 0.0011], 7.2195],
    [[50, -0.001, 2.49], [50, 0.001, -2.49], 4.8045],
    [[50, 2.5, 0], [50, 0, -2.5], 4.3065],
    [[50, 2.5, 0], [73, 25, -18], 27.1492],
    [[50, 2.5, 0], [56, -27, -3], 31.903],
    [[60.2574, -34.0099, 36.2677], [60.4626, -34.1751, 39.4387], 1.2644],
    [[22.7233, 20.0904, -46.694], [23.0331, 14.973, -42.5619], 2.0373],
    [[90.8027, -2.0831, 1.441], [91.1528, -1.6435, 0.0447], 1.4441],
    [[2.0776, 0.0795, -1.135], [0.9033, -0.0636, -0.5514], 0.9082],
    [[35.0831, -44.1164, 3.7933], [35.0232, -40.0716, 1.5901], 1.8645],
  ])("%j and %j differ by %d", (a, b, expected) => {
    expect(deltaE2000(a, b)).toBeCloseTo(expected, 4);
    expect(deltaE2000(b, a)).toBeCloseTo(expected, 4);
  });
});

describe("colour drift", () => {
  const frame = (...pixels: readonly (readonly [number, number, number])[]): Frame => ({
    width: pixels.length,
    height: 1,
    data: Uint8Array.from(pixels.flat()),
  });
  const grey = frame([100, 100, 100], [200, 200, 200]);

  test("is none for equal clips and for pixels that change places", () => {
    expect(colorDrift([grey], [grey])).toEqual({ frames: [0], mean: 0, max: 0 });
    expect(colorDrift([grey], [frame([200, 200, 200], [100, 100, 100])])!.max).toBeCloseTo(0, 9);
  });

  test("is the difference of the mean colours of each frame, and its mean and largest over time", () => {
    const tinted = frame([110, 100, 100], [200, 200, 200]);
    const mean = (p: Lab, q: Lab): Lab => [(p[0] + q[0]) / 2, (p[1] + q[1]) / 2, (p[2] + q[2]) / 2];
    const white = labOf(200, 200, 200);
    const expected = deltaE2000(mean(labOf(100, 100, 100), white), mean(labOf(110, 100, 100), white));
    const drift = colorDrift([grey, grey], [grey, tinted])!;
    expect(drift.frames[1]).toBeCloseTo(expected, 9);
    expect([drift.mean, drift.max]).toBeAllclose([expected / 2, expected], { relative: 1e-9 });
    expect(expected).toBeGreaterThan(1);
  });

  test("looks at the pixels that count; frames without one have none", () => {
    const other = frame([0, 255, 0], [200, 200, 200]);
    expect(colorDrift([grey], [other], (_, i) => i)!.max).toBe(0);
    expect(colorDrift([grey, grey], [other, other], (f, i) => f * i)!.frames).toEqual([null, 0]);
    expect(colorDrift([grey], [other], () => 0)).toBeNull();
  });
});
