/** A clip of several scenes comes to what each of them comes to alone: through the whole method, on real frames. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inRepository } from "../../test/support/fixtures.ts";
import { memoryStore } from "../../test/support/memory-store.ts";
import { loadModel } from "../pipeline/index.node.ts";
import type { Model } from "../pipeline/index.ts";
import { slice0 } from "../tensor/index.ts";
import { readVideo } from "../video/index.node.ts";
import type { Video } from "../video/index.ts";
import { framesBehind } from "./behind.ts";
import { type EditJobOptions, edit, type InvertOptions, invert, latentsAt } from "./index.ts";

const SOURCE = "a red car on a road under a blue sky";
const TARGET = "a blue car on a road under a blue sky";
const CLOSE = { absolute: 1e-4 };

let model: Model;
let road: Video;
let joined: Video;
beforeAll(async () => {
  model = await loadModel("tinytown");
  road = await readVideo(inRepository("test/clips/car-road/source"), { frames: 5 });
  const water = await readVideo(inRepository("test/clips/duck-water/source"), { frames: 4 });
  joined = { ...road, frames: [...road.frames, ...water.frames] };
});
afterAll(() => model.close());

const part = (from: number, to: number): Video => ({ ...joined, frames: joined.frames.slice(from, to) });

async function run(
  clip: Video,
  options: Partial<InvertOptions> = {},
  knobs: EditJobOptions = { prompt: TARGET },
) {
  const inversion = await invert(model, clip, { prompt: SOURCE, steps: 2, size: 64, ...options });
  const { latents } = await edit(model, inversion, knobs);
  return { inversion, latents };
}

describe("scenes", () => {
  it.each<[string, Partial<InvertOptions>, EditJobOptions]>([
    ["the default list", {}, { prompt: TARGET }],
    ["first, last and offsets", { attend: ["first", "last", -1, 2] }, { prompt: TARGET }],
    [
      "masks of words and a latent blend",
      {},
      { prompt: TARGET, maskWords: { source: ["car"] }, maskThreshold: 0.3, latentBlend: true },
    ],
    [
      "a mask of predictions",
      {},
      { prompt: TARGET, maskFrom: "difference", maskThreshold: 0.5, latentBlend: true },
    ],
    ["a removal", {}, { remove: ["car"] }],
  ])("come to what each comes to alone, with %s", async (_, options, knobs) => {
    const both = await run(joined, options, knobs);
    expect(both.inversion.settings.cuts).toEqual([5]);
    for (const [from, to] of [
      [0, 5],
      [5, 9],
    ] as const) {
      const alone = await run(part(from, to), options, knobs);
      expect(alone.inversion.settings.cuts).toBeUndefined();
      expect(slice0(both.latents, from, to)).toBeAllclose(alone.latents, CLOSE);
    }
  });

  it("look at each other where they are taken for one", async () => {
    const [cut, one] = [await run(joined), await run(joined, { scenes: "off" })];
    expect(one.inversion.settings).not.toHaveProperty("cuts");
    expect(one.latents).not.toBeAllclose(cut.latents, CLOSE);
  });

  it("are the same all at once, in chunks, and given by hand", async () => {
    const found = await run(joined);
    for (const chunk of [1, 3, 9]) {
      const inversion = await invert({ ...model, chunk }, joined, {
        ...{ prompt: SOURCE, steps: 2, size: 64, scenes: [5] },
      });
      expect(inversion.latents).toBeAllclose(found.inversion.latents, CLOSE);
    }
    // What takes all frames at once by itself keeps to the scenes, too.
    const settings = { ...found.inversion.settings, groupNorm: "clip" } as const;
    const whole = await edit(model, { ...found.inversion, settings }, { prompt: TARGET });
    const across = await edit(
      model,
      { ...found.inversion, settings: { ...settings, cuts: [] } },
      { prompt: TARGET },
    );
    expect(whole.latents).not.toBeAllclose(across.latents, CLOSE);
  });

  it("are another inversion's where they differ, and the same where they are found", async () => {
    const store = memoryStore();
    const options = { prompt: SOURCE, steps: 2, size: 64, store };
    const resumed = async (scenes: InvertOptions["scenes"]): Promise<number> => {
      let count = 0;
      for await (const { type } of invert(model, joined, { ...options, ...(scenes ? { scenes } : {}) }))
        if (type === "resumed") count++;
      return count;
    };
    expect(await resumed("auto")).toBe(0);
    expect(await resumed("off")).toBe(0);
    expect(await resumed([4])).toBe(0);
    expect(await resumed([5])).toBe(1);
    expect(store.states.size).toBe(3);
  });

  it("change nothing of a clip without a cut", async () => {
    const [auto, off] = [await run(road), await run(road, { scenes: "off" })];
    expect(auto.inversion.settings).toEqual(off.inversion.settings);
    expect(auto.latents.data).toEqual(off.latents.data);
  });

  it("are not for what takes all frames at once: it counts as one, and frames by hand are refused", async () => {
    for (const method of [{ compat: "fatezero" }, { groupNorm: "clip" }] as const) {
      const inversion = await invert(model, joined, { prompt: SOURCE, steps: 1, size: 64, ...method });
      expect(inversion.settings).not.toHaveProperty("cuts");
      await expect(invert(model, joined, { prompt: SOURCE, ...method, scenes: [5] })).rejects.toThrow(
        /scenes would have no effect: .*statistics are over the clip/,
      );
    }
  });

  it.each<[unknown, RegExp]>([
    [[0], /holds 0, before which there can be no cut/],
    [[9], /holds 9, and the last frame is 8/],
    [[5, 5], /holds 5 behind 5/],
    [[2.5], /holds 2.5/],
    ["never", /is "never", no list of frames/],
  ])("of %j are refused", async (scenes, message) => {
    const job = invert(model, joined, { prompt: SOURCE, scenes: scenes as "auto" });
    await expect(job).rejects.toMatchObject({ code: "bad-option", message: expect.stringMatching(message) });
  });

  it("show nothing of what is behind a thing in another", async () => {
    const still = { ...road, frames: Array<Video["frames"][number]>(4).fill(road.frames[0]!) };
    const inversion = await invert(model, still, { prompt: SOURCE, steps: 1, size: 64 });
    const clean = latentsAt(inversion, 0);
    const [frames, , h, w] = clean.shape as [number, number, number, number];
    const hole = { ...clean, shape: [frames, h, w], data: new Float32Array(frames * h * w) };
    // Something lies there in the first two frames.
    for (const f of [0, 1]) hole.data[f * h * w + 20] = 1;
    expect(framesBehind(hole, clean)[20]).toBe(2);
    expect(framesBehind(hole, clean, [3])[h * w + 20]).toBe(2);
    expect(framesBehind(hole, clean, [2])[20]).toBe(-1);
  });
});
