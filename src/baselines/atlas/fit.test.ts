/** A small atlas of a clip with known motion, fitted for real: a textured square before a ground that moves the other way. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { memoryStore } from "../../../test/support/memory-store.ts";
import { paint, wavyTexture } from "../../../test/support/moving-pictures.ts";
import { psnr } from "../../metrics/index.ts";
import { createEngine } from "../../runtime/index.node.ts";
import type { Frame } from "../../video/index.ts";
import { type Atlas, type AtlasEvent, type AtlasOptions, fitAtlas, propagate } from "./index.ts";

const [SIZE, FRAMES, STEPS] = [32, 4, 400];
const [behind, square] = [wavyTexture(3), wavyTexture(5)];
const edge = (t: number): number => 5 + 3 * t;
const inside = (x: number, y: number, t: number): boolean =>
  x >= edge(t) && x < edge(t) + 12 && y >= 10 && y < 22;

/** A blue square; as it should be edited, a yellow one. */
function frameAt(t: number, isEdited: boolean): Frame {
  const channel = (c: number) => (x: number, y: number) => {
    if (!inside(x, y, t)) return 0.5 * behind(x + t, y) + 60;
    const shade = 0.3 * square(x - edge(t), y);
    return (c === 2) === isEdited ? shade : 160 + shade;
  };
  return paint(SIZE, SIZE, channel(0), channel(1), channel(2));
}

const times = Array.from({ length: FRAMES }, (_, t) => t);
const frames = times.map((t) => frameAt(t, false));
const truth = times.map((t) => frameAt(t, true));
const mask = times.map((t) => paint(SIZE, SIZE, (x, y) => 255 * Number(inside(x, y, t))));
const object = (f: number, i: number): number => Number(inside(i % SIZE, Math.floor(i / SIZE), f));
const clip = { frames, fps: 8 };

const SMALL = { width: 16, layers: 3 };
const OPTIONS: AtlasOptions = {
  mask,
  iterations: STEPS,
  samples: 100,
  learningRate: 0.01,
  networks: { foreground: SMALL, background: SMALL, alpha: SMALL, atlas: { width: 32, layers: 3 } },
  seed: 1,
};
const QUICK = { ...OPTIONS, iterations: 6, pretraining: 2 };

const engine = createEngine({ threads: 2 });
let atlas: Atlas;
const events: AtlasEvent[] = [];
beforeAll(async () => {
  const job = fitAtlas({ engine }, clip, OPTIONS);
  for await (const event of job) events.push(event);
  atlas = await job;
});
afterAll(() => engine.close());

describe("an atlas", () => {
  it("gives the clip back", () => {
    expect(psnr(atlas.reconstruction, frames)!).toBeGreaterThan(23);
  });

  it("tells the object from the ground", () => {
    const share = (weight: (f: number, i: number) => number): number => {
      let [sum, count] = [0, 0];
      for (const [f, { alpha }] of atlas.seen.entries())
        for (const [i, value] of alpha.entries()) {
          sum += value * weight(f, i);
          count += weight(f, i);
        }
      return sum / count;
    };
    expect(share(object)).toBeGreaterThan(0.85);
    expect(share((f, i) => 1 - object(f, i))).toBeLessThan(0.08);
  });

  it("carries the edit of one frame along with the object", () => {
    const edited = propagate(atlas, 2, truth[2]!);
    for (const t of times) {
      const gain = (of: readonly Frame[]) => psnr([of[t]!], [truth[t]!], (_, i) => object(t, i))!;
      expect(gain(edited) - gain(frames)).toBeGreaterThan(20);
    }
    expect(psnr(edited, frames, (f, i) => 1 - object(f, i))!).toBeGreaterThan(32);
  });

  it("shows its layers: of the foreground the square alone, of the ground all else", () => {
    const drawn = ({ data }: Frame): number => {
      let count = 0;
      for (let k = 0; k < data.length; k += 3) count += Number(data[k]! + data[k + 1]! + data[k + 2]! < 765);
      return count;
    };
    const { foreground, background } = atlas.pictures;
    expect(drawn(foreground)).toBeLessThan(0.4 * drawn(background));
    expect(drawn(background)).toBeGreaterThan(0.6 * SIZE * SIZE);
  });

  it("tells its phases, and of each step its loss, which falls", () => {
    const steps = events.flatMap((event) => (event.type === "loss" ? [event] : []));
    expect(events.flatMap((event) => (event.type === "phase" ? [event.phase] : []))).toEqual([
      "prepare",
      "prepare",
      "atlas",
      "decode",
    ]);
    expect(steps.map(({ step }) => step)).toEqual(Array.from({ length: STEPS }, (_, i) => i + 1));
    expect(steps.at(-1)!.loss).toBeLessThan(0.2 * steps[0]!.loss);
    expect(steps.at(-1)!.terms.color).toBeLessThan(0.2 * steps[0]!.terms.color);
    expect(atlas.losses.map(({ loss }) => loss)).toEqual(steps.map(({ loss }) => loss));
  });
});

describe("a fit", () => {
  it("is the same for the same seed, and not for another", async () => {
    const [one, two, other] = [
      await fitAtlas({ engine }, clip, QUICK),
      await fitAtlas({ engine }, clip, QUICK),
      await fitAtlas({ engine }, clip, { ...QUICK, seed: 2 }),
    ];
    expect(two.reconstruction).toEqual(one.reconstruction);
    expect(other.reconstruction).not.toEqual(one.reconstruction);
  });

  it("goes on where it was stopped, to the same atlas", async () => {
    const store = memoryStore();
    const stop = new AbortController();
    const job = fitAtlas({ engine }, clip, { ...QUICK, store, signal: stop.signal });
    const stopped = (async () => {
      for await (const event of job) if (event.type === "step" && event.step === 3) stop.abort();
    })();
    await expect(stopped).rejects.toThrow();
    const again = fitAtlas({ engine }, clip, { ...QUICK, store });
    const seen: AtlasEvent[] = [];
    for await (const event of again) seen.push(event);
    expect(seen).toContainEqual(expect.objectContaining({ type: "resumed", phase: "atlas", steps: 6 }));
    expect((await again).reconstruction).toEqual((await fitAtlas({ engine }, clip, QUICK)).reconstruction);
    expect((await again).losses.length).toBe(6);
    const third: AtlasEvent[] = [];
    for await (const event of fitAtlas({ engine }, clip, { ...QUICK, store })) third.push(event);
    expect(third.filter(({ type }) => type === "loss")).toEqual([]);
  });

  it("works on a single frame, and without a mask", async () => {
    const { mask: _, ...rest } = QUICK;
    const one = await fitAtlas({ engine }, { frames: frames.slice(0, 1), fps: 1 }, rest);
    expect(one.reconstruction.length).toBe(1);
    expect(one.settings.weights.bootstrap).toBe(0);
  });

  it("refuses what it cannot be made of", async () => {
    await expect(fitAtlas({ engine }, clip, { iterations: 0 })).rejects.toThrow("number of iterations");
    await expect(fitAtlas({ engine }, clip, { mask: mask.slice(1) })).rejects.toThrow("has 3 frames");
    await expect(fitAtlas({ engine }, { frames: [], fps: 1 })).rejects.toThrow("no frames");
    const line = paint(1, 8, behind);
    await expect(fitAtlas({ engine }, { frames: [line], fps: 1 })).rejects.toThrow("1x8");
    const wild = { ...QUICK, learningRate: 1e38 };
    await expect(fitAtlas({ engine }, clip, wild)).rejects.toThrow("diverged at step 1");
  });
});
