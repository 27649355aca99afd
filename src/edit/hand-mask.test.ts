/** Masks by hand on tinytown with real frames: few steps, but the whole way. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inRepository } from "../../test/support/fixtures.ts";
import { maskFrames } from "../picture/index.ts";
import { loadModel } from "../pipeline/index.node.ts";
import { decodeLatents, imagesToFrames, type Model } from "../pipeline/index.ts";
import type { JobState, StateStore } from "../resume/index.ts";
import { type FloatTensor, floatTensor } from "../tensor/index.ts";
import { readVideo } from "../video/index.node.ts";
import type { Frame, Video } from "../video/index.ts";
import { poolMask, sameShape } from "./hand-mask.ts";
import { edit, type Inversion, invert, latentsAt, planEdit } from "./index.ts";
import { pasteSource } from "./paste-source.ts";

const SOURCE = "a red car on a road under a blue sky";
const TARGET = "a blue car on a road under a blue sky";
const SIDE = 128;

let model: Model;
let clip: Video;
let inversion: Inversion;

beforeAll(async () => {
  model = await loadModel("tinytown", { threads: 2 });
  clip = await readVideo(inRepository("examples/car.mp4"), { frames: 2, stride: 8 });
  inversion = await invert(model, clip, { prompt: SOURCE, steps: 4 });
});
afterAll(() => model.close());

/** A mask of one frame that holds where a pixel's place is so. */
function maskWhere(holds: (x: number, y: number) => boolean, side = SIDE): FloatTensor {
  const data = Float32Array.from({ length: side * side }, (_, i) =>
    Number(holds(i % side, Math.floor(i / side))),
  );
  return floatTensor([1, side, side], data);
}

const left = maskWhere((x) => x < SIDE / 2);
const right = maskWhere((x) => x >= SIDE / 2);

/** The largest difference of two clips' values where a pixel's place is so. */
function mostBetween(
  a: readonly Frame[],
  b: readonly Frame[],
  where: (x: number, y: number) => boolean,
): number {
  let most = 0;
  for (const [f, { data }] of a.entries())
    for (const [i, value] of data.entries()) {
      const pixel = Math.floor(i / 3);
      if (where(pixel % SIDE, Math.floor(pixel / SIDE)))
        most = Math.max(most, Math.abs(value - b[f]!.data[i]!));
    }
  return most;
}

const sources = () => ({ sourceFrames: clip.frames });

describe("a mask by hand", () => {
  it("keeps the source's own pixels outside of it, in place of the automatic mask", async () => {
    const result = await edit(model, inversion, {
      prompt: TARGET,
      mask: left,
      ...sources(),
      keepMasks: true,
    });
    expect(mostBetween(result.frames, clip.frames, (x) => x >= SIDE / 2)).toBe(0);
    expect(mostBetween(result.frames, clip.frames, (x) => x < SIDE / 2)).toBeGreaterThan(40);
    expect(result.masks).toMatchObject({ fixed: true, steps: [0, 1, 2, 3] });
    // Latents are blended at every step: outside they end as the source's.
    const { data } = result.latents;
    const source = latentsAt(inversion, 0).data;
    const outside = [...data.keys()].filter((i) => i % 16 >= 8);
    expect(outside.every((i) => Math.abs(data[i]! - source[i]!) < 1e-6)).toBe(true);
    expect(data.some((value, i) => i % 16 < 8 && Math.abs(value - source[i]!) > 0.1)).toBe(true);
    expect(result.plan.explanation).toContain("The mask is the one that was given.");
    // Only a shape edit may change the layout inside.
    expect(result.settings.maskThreshold).toBe(1);
    const shape = { prompt: TARGET, preset: "shape", mask: left } as const;
    expect((await planEdit(model, inversion, shape)).settings.maskThreshold).toBeLessThan(1);
  });

  it("without the clip's frames keeps those that the inversion decodes to", async () => {
    const decoded = imagesToFrames(await decodeLatents(model, latentsAt(inversion, 0)));
    const result = await edit(model, inversion, { prompt: TARGET, mask: left });
    expect(mostBetween(result.frames, decoded, (x) => x >= SIDE / 2)).toBe(0);
    expect(mostBetween(result.frames, clip.frames, (x) => x >= SIDE / 2)).toBeGreaterThan(0);
  });

  it("is added to the automatic one, or cuts it", async () => {
    const masksOf = async (options: object) =>
      (await edit(model, inversion, { prompt: TARGET, keepMasks: true, ...sources(), ...options })).masks!;
    const [auto, added, cut] = [
      await masksOf({}),
      await masksOf({ mask: left, maskMode: "add" }),
      await masksOf({ mask: left, maskMode: "cut" }),
    ];
    const given = poolMask(left, 16, 16).data;
    const own = [...auto.hard.data];
    expect(own).toContain(1);
    expect([...added.hard.data]).toEqual(own.map((value, i) => Math.max(value, given[i % 256]!)));
    expect([...cut.hard.data]).toEqual(own.map((value, i) => Math.min(value, given[i % 256]!)));
    expect(added.soft.data).toEqual(auto.soft.data);
  });

  it("needs an automatic mask for that, and words for one of them", async () => {
    const style = "watercolor painting of a red car on a road under a blue sky";
    for (const maskMode of ["add", "cut"] as const)
      await expect(edit(model, inversion, { prompt: style, mask: left, maskMode })).rejects.toMatchObject({
        code: "mask-conflict",
      });
    const words = edit(model, inversion, { prompt: TARGET, mask: left, maskWords: { source: ["car"] } });
    await expect(words).rejects.toMatchObject({ code: "mask-conflict" });
  });

  it("holds for a style too, whose self-attention stays the source's", async () => {
    const style = "watercolor painting of a red car on a road under a blue sky";
    const { frames, settings } = await edit(model, inversion, { prompt: style, mask: left, ...sources() });
    expect(settings).toMatchObject({ maskThreshold: 1, latentBlend: true });
    expect(mostBetween(frames, clip.frames, (x) => x >= SIDE / 2)).toBe(0);
    expect(mostBetween(frames, clip.frames, (x) => x < SIDE / 2)).toBeGreaterThan(20);
  });

  it("gives an edit back whose own mask it is", async () => {
    const own = await edit(model, inversion, { prompt: TARGET, keepMasks: true });
    const mask = maskFrames(own.masks!, { width: SIDE, height: SIDE });
    // As the automatic mask does, self-attention included.
    const options = { prompt: TARGET, mask, maskThreshold: 0.3, keepMasks: true };
    const back = await edit(model, inversion, { ...options, ...sources() });
    // Coarser levels take a mask's highest value where the automatic one is sampled.
    expect(
      Math.max(...back.latents.data.map((value, i) => Math.abs(value - own.latents.data[i]!))),
    ).toBeLessThan(0.02);
    expect(back.masks!.hard.data).toEqual(own.masks!.hard.data);
    expect(maskFrames(back.masks!, { width: SIDE, height: SIDE })).toEqual(mask);
  });

  it("is refused before the work where it has other frames or another shape", async () => {
    const three = floatTensor([3, 16, 16], new Float32Array(3 * 256).fill(0.5));
    const wide = floatTensor([1, 16, 32], new Float32Array(512).fill(0.5));
    for (const [mask, code] of [
      [three, "mask-length"],
      [wide, "mask-shape"],
    ] as const)
      for (const role of ["mask", "protect"])
        await expect(edit(model, inversion, { prompt: TARGET, [role]: mask })).rejects.toMatchObject({
          code,
        });
    const frames = edit(model, inversion, { prompt: TARGET, mask: left, sourceFrames: clip.frames.slice(1) });
    await expect(frames).rejects.toMatchObject({ code: "bad-argument" });
    expect(sameShape({ width: 1920, height: 1080 }, { width: 512, height: 288 })).toBe(true);
  });

  it("makes another job of the edit: its state is not gone on from", async () => {
    const keys: string[] = [];
    const store: StateStore = {
      load: (key): Promise<JobState | null> => {
        keys.push(key);
        return Promise.resolve(null);
      },
      save: () => Promise.resolve(),
      remove: () => Promise.resolve(),
    };
    const masks = [
      {},
      { mask: left },
      { mask: right },
      { mask: left, maskMode: "cut" },
      { mask: left, protect: right },
    ] as const;
    for (const mask of masks) await edit(model, inversion, { prompt: TARGET, store, ...mask });
    await edit(model, inversion, { prompt: TARGET, store, mask: left });
    expect(new Set(keys).size).toBe(masks.length);
    expect(keys.at(-1)).toBe(keys[1]);
  });
});

describe("what is protected", () => {
  it("stays as it is, with a mask and without, also where the edit has none", async () => {
    const style = "watercolor painting of a red car on a road under a blue sky";
    for (const options of [
      { prompt: TARGET },
      { prompt: style },
      { prompt: TARGET, mask: maskWhere(() => true) },
    ]) {
      const { frames } = await edit(model, inversion, { ...options, protect: right, ...sources() });
      expect(mostBetween(frames, clip.frames, (x) => x >= SIDE / 2)).toBe(0);
      expect(mostBetween(frames, clip.frames, (x) => x < SIDE / 2)).toBeGreaterThan(20);
    }
  });
});

describe("the seam", () => {
  const flat = (side: number, value: number): Frame => ({
    ...{ width: side, height: side },
    data: new Uint8Array(side * side * 3).fill(value),
  });
  const row = (frames: readonly Frame[], side: number) =>
    Array.from({ length: side }, (_, x) => frames[0]!.data[3 * (3 * side + x)]!);

  it("rises inside the mask, more slowly in large pictures, and not at the picture's own edge", () => {
    const half = (side: number) => maskWhere((x) => x < side / 2, side);
    const small = row(pasteSource([flat(16, 200)], [flat(16, 0)], half(16)), 16);
    expect(small).toEqual([...Array(7).fill(200), 100, ...Array(8).fill(0)]);
    const large = row(pasteSource([flat(768, 200)], [flat(768, 0)], half(768)), 768);
    expect(large.slice(379, 386)).toEqual([200, 200, 150, 100, 50, 0, 0]);
  });

  it("leaves edges as soft as they were drawn", () => {
    const ramp = floatTensor(
      [1, 16, 16],
      Float32Array.from({ length: 256 }, (_, i) => (i % 16) / 15),
    );
    const values = row(pasteSource([flat(16, 150)], [flat(16, 0)], ramp), 16);
    expect(values).toEqual(Array.from({ length: 16 }, (_, x) => Math.round((150 * x) / 15)));
  });
});
