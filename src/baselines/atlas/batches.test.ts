import { describe, expect, it } from "vitest";
import { paint } from "../../../test/support/moving-pictures.ts";
import type { Flow, PairFlow } from "../../metrics/index.ts";
import { drawBatch } from "./batches.ts";

const [WIDTH, HEIGHT, FRAMES] = [8, 6, 3];
const flowOf = (u: number, v: number): Flow => ({
  width: WIDTH,
  height: HEIGHT,
  u: new Float32Array(WIDTH * HEIGHT).fill(u),
  v: new Float32Array(WIDTH * HEIGHT).fill(v),
});
const seenWhere = (test: (x: number) => boolean) =>
  Uint8Array.from({ length: WIDTH * HEIGHT }, (_, i) => Number(test(i % WIDTH)));
const pair: PairFlow = {
  forward: flowOf(2, -1),
  backward: flowOf(-2, 1),
  seenAfter: seenWhere((x) => x < 4),
  seenBefore: seenWhere((x) => x >= 2),
};
/** Colours that tell the place and the frame. */
const frames = Array.from({ length: FRAMES }, (_, t) =>
  paint(
    WIDTH,
    HEIGHT,
    (x) => 10 * x,
    (_x, y) => 10 * y,
    () => 10 * t,
  ),
);
const masks = frames.map((_, t) =>
  Float32Array.from({ length: WIDTH * HEIGHT }, (_, i) => (i % WIDTH) / 10 + t / 100),
);
const data = { frames, masks, flow: [pair, pair] };
const SAMPLES = 200;
const batch = drawBatch(data, { seed: 1, step: 4, samples: SAMPLES, distance: 3 });

/** The k-th list's point of a sample in pixels and frames. */
const pointOf = (k: number, row: number): [number, number, number] => {
  const [x, y, t] = batch.points.data.subarray(3 * (k * SAMPLES + row), 3 * (k * SAMPLES + row) + 3);
  return [(x! + 1) * (WIDTH / 2), (y! + 1) * (WIDTH / 2), (t! + 1) * (FRAMES / 2)];
};

describe("a batch", () => {
  it("holds pixels, their neighbours and those far away, with what each shows", () => {
    const { colors, mask } = batch;
    for (let row = 0; row < SAMPLES; row++) {
      const [x, y, t] = pointOf(0, row);
      expect(pointOf(1, row)).toBeAllclose([x + 1, y, t], { absolute: 1e-5 });
      expect(pointOf(2, row)).toBeAllclose([x, y + 1, t], { absolute: 1e-5 });
      expect(pointOf(4, row)).toBeAllclose([x - 3, y, t], { absolute: 1e-5 });
      expect(pointOf(5, row)).toBeAllclose([x, y - 3, t], { absolute: 1e-5 });
      for (let k = 0; k < 3; k++) {
        const at = k * SAMPLES + row;
        const shown = Array.from(colors.data.subarray(3 * at, 3 * at + 3), (value) => (255 * value) / 10);
        expect(shown).toBeAllclose(pointOf(k, row), { absolute: 1e-4 });
        expect(mask.data[at]).toBeCloseTo(pointOf(k, row)[0] / 10 + t / 100, 5);
      }
    }
  });

  it("follows the flow to the next frame and the one before, where the pixel is seen there", () => {
    const ways = { forward: 0, backward: 0, none: 0 };
    for (let row = 0; row < SAMPLES; row++) {
      const [x, y, t] = pointOf(0, row);
      const [mx, my, mt] = pointOf(3, row);
      if (batch.matched.data[row] === 0) {
        ways.none++;
        continue;
      }
      const way = Math.round(mt - t);
      ways[way === 1 ? "forward" : "backward"]++;
      expect([mx, my, mt]).toBeAllclose([x + 2 * way, y - way, t + way], { absolute: 1e-5 });
      expect(way === 1 ? x < 3.5 : x > 1.5).toBe(true);
      expect(mt).toBeGreaterThan(-0.1);
      expect(mt).toBeLessThan(FRAMES - 0.9);
    }
    for (const count of Object.values(ways)) expect(count).toBeGreaterThan(10);
  });

  it("is the same for the same seed and step, and only for these", () => {
    const draw = (seed: number, step: number) =>
      drawBatch(data, { seed, step, samples: SAMPLES, distance: 3 });
    expect(draw(1, 4)).toEqual(batch);
    expect(draw(1, 5)).not.toEqual(batch);
    expect(draw(2, 4)).not.toEqual(batch);
  });
});
