/** A long clip in windows, on a model whose layers over time were tuned: through the whole method. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { memoryStore } from "../../test/support/memory-store.ts";
import { writeRandomCheckpoint } from "../../test/support/random-checkpoint.ts";
import { TINY_SD } from "../../test/support/small-checkpoint.ts";
import { type EditJobOptions, edit, expectedMemory, type InvertOptions, invert } from "../edit/index.ts";
import { loadModel } from "../pipeline/index.node.ts";
import {
  createDenoiser,
  framesAtOnce,
  type Model,
  planSites,
  resolveMethod,
  runsInChunks,
} from "../pipeline/index.ts";
import { floatTensor, randomSource, slice0 } from "../tensor/index.ts";
import type { Frame, Video } from "../video/index.ts";
import { nullText } from "./null-text/index.ts";
import { tune } from "./tune.ts";
import { tunedModel } from "./tuned-checkpoint.ts";

const folder = await mkdtemp(join(tmpdir(), "fatezero-windows-"));
const SOURCE = "a red square";
const TARGET = "a blue square";
const CLOSE = { absolute: 1e-4 };
const SIX = { frames: 6, overlap: 2 } as const;

/** A bright square that moves over a ground, which is another one from a frame on. */
function clipOf(frames: number, cut = Number.POSITIVE_INFINITY): Video {
  const side = 32;
  const draw = (f: number): Frame => {
    const data = new Uint8Array(side * side * 3).fill(f < cut ? 40 : 200);
    const at = (2 * f) % 20;
    for (let y = 8; y < 20; y++)
      for (let x = at; x < at + 10; x++) data.set(f < cut ? [220, 90, 30] : [10, 60, 90], (y * side + x) * 3);
    return { width: side, height: side, data };
  };
  return { frames: Array.from({ length: frames }, (_, f) => draw(f)), fps: 8 };
}

let base: Model;
let model: Model;
beforeAll(async () => {
  await writeRandomCheckpoint(join(folder, "base"), TINY_SD);
  base = await loadModel(join(folder, "base"), { threads: 1 });
  const options = { prompt: SOURCE, size: 32, steps: 3, learningRate: 0.02, rank: 8, holdOut: 2 } as const;
  model = await tunedModel(base, await tune(base, clipOf(2), options));
});
afterAll(async () => {
  await base.close();
  await rm(folder, { recursive: true });
});

async function run(
  clip: Video,
  options: Partial<InvertOptions> = {},
  knobs: EditJobOptions = { prompt: TARGET },
) {
  const inversion = await invert(model, clip, { prompt: SOURCE, steps: 2, size: 32, ...options });
  const { latents } = await edit(model, inversion, knobs);
  return { inversion, latents };
}

/** What the UNet predicts of latents, whose frames from `from` on are taken, in such windows. */
async function predict(frames: number, window: InvertOptions["window"], { from = 0, to = frames } = {}) {
  const settings = resolveMethod(model, { window: window! }, frames);
  const denoiser = createDenoiser(model, settings, planSites(model, null, 4, 4));
  const all = randomSource(3, "latents").normal([frames, model.vae.latentChannels, 4, 4]);
  const text = randomSource(3, "text").normal([model.tokenizer.maxLength, model.unet.textWidth]);
  const { predictions } = await denoiser.plain([{ latents: slice0(all, from, to), text }], 500);
  return predictions[0]!;
}

describe("windows", () => {
  it("of at least a clip's frames give what it comes to at once, bit for bit", async () => {
    const whole = await run(clipOf(6), { window: "off" });
    expect(whole.inversion.settings).not.toHaveProperty("window");
    const auto = await run(clipOf(6));
    expect(auto.inversion.settings).toEqual(whole.inversion.settings);
    const one = await run(clipOf(6), { window: SIX });
    expect(one.inversion.settings.window).toEqual(SIX);
    for (const { inversion, latents } of [auto, one]) {
      expect(latents.data).toEqual(whole.latents.data);
      expect(inversion.latents.data).toEqual(whole.inversion.latents.data);
      expect(inversion.wordMaps.data).toEqual(whole.inversion.wordMaps.data);
    }
  });

  it("are taken by themselves of more than 16 frames, and are another result than the whole", async () => {
    const [auto, off] = [await run(clipOf(17)), await run(clipOf(17), { window: "off" })];
    expect(auto.inversion.settings.window).toEqual({ frames: 16, overlap: 4 });
    expect(auto.latents).not.toBeAllclose(off.latents, CLOSE);
    expect((await run(clipOf(16))).inversion.settings).not.toHaveProperty("window");
  });

  it("have as many frames as the model was tuned on, where these are more", () => {
    expect(model.tunedFrames).toBe(2);
    const windowOf = (tunedFrames: number, frames: number) =>
      resolveMethod({ ...model, tunedFrames }, {}, frames).window;
    expect(windowOf(18, 18)).toBeUndefined();
    expect(windowOf(18, 19)).toEqual({ frames: 18, overlap: 4 });
    expect(windowOf(2, 19)).toEqual({ frames: 16, overlap: 4 });
  });

  it("are each a clip of its own, and blended in what they share", async () => {
    const made = await predict(10, SIX);
    const first = await predict(10, "off", { to: 6 });
    const last = await predict(10, "off", { from: 4 });
    expect(slice0(made, 0, 4)).toBeAllclose(slice0(first, 0, 4), CLOSE);
    expect(slice0(made, 6, 10)).toBeAllclose(slice0(last, 2, 6), CLOSE);
    for (const [frame, share] of [
      [4, 1 / 3],
      [5, 2 / 3],
    ] as const) {
      const [a, b] = [slice0(first, frame, frame + 1), slice0(last, frame - 4, frame - 3)];
      const between = a.data.map((value, i) => (1 - share) * value + share * b.data[i]!);
      expect(slice0(made, frame, frame + 1)).toBeAllclose(floatTensor(a.shape, between), CLOSE);
      expect(a).not.toBeAllclose(b, CLOSE);
    }
  });

  it.each<[string, EditJobOptions]>([
    [
      "masks of words and a latent blend",
      { prompt: TARGET, maskWords: { source: ["red"] }, maskThreshold: 0.3, latentBlend: true },
    ],
    [
      "a mask of predictions",
      { prompt: TARGET, maskFrom: "difference", maskThreshold: 0.5, latentBlend: true },
    ],
    ["the way of a reconstruction", { prompt: TARGET, fuseFrom: "reconstruction", maskThreshold: 0.3 }],
  ])("give a clip of scenes what each comes to alone, with %s", async (_, knobs) => {
    const clip = clipOf(11, 6);
    const both = await run(clip, { window: SIX, scenes: [6] }, knobs);
    expect(both.inversion.settings).toMatchObject({ cuts: [6], window: SIX });
    for (const [from, to] of [
      [0, 6],
      [6, 11],
    ] as const) {
      const alone = await run({ ...clip, frames: clip.frames.slice(from, to) }, { window: "off" }, knobs);
      expect(slice0(both.latents, from, to)).toBeAllclose(alone.latents, CLOSE);
    }
    const one = await run(clip, { window: SIX, scenes: "off" }, knobs);
    expect(one.latents).not.toBeAllclose(both.latents, CLOSE);
  });

  it("look for cuts as chunks do; at once there are none", async () => {
    const clip = clipOf(12, 6);
    expect((await run(clip, { window: SIX })).inversion.settings.cuts).toEqual([6]);
    expect((await run(clip, {})).inversion.settings).not.toHaveProperty("cuts");
    await expect(invert(model, clip, { prompt: SOURCE, scenes: [6] })).rejects.toThrow(
      /scenes would have no effect: the layers over time .* look across cuts/,
    );
  });

  it("bound what is computed at once, whatever a clip has", () => {
    const settings = resolveMethod(model, {}, 240);
    expect(runsInChunks(model, settings)).toBe(false);
    for (const frames of [17, 48, 240]) expect(framesAtOnce(model, settings, frames)).toBeLessThanOrEqual(16);
    expect(framesAtOnce(model, resolveMethod(model, { window: "off" }, 240), 240)).toBe(240);
    const terms = {
      width: 128,
      height: 128,
      steps: 2,
      encodes: true,
      branches: 3,
      keepsSource: false,
    } as const;
    const of = (frames: number, window: InvertOptions["window"]): number =>
      expectedMemory(model, {
        ...terms,
        frames,
        settings: resolveMethod(model, { window: window! }, frames),
      });
    expect(of(240, "auto") - of(24, "auto")).toBeLessThan(0.3 * (of(240, "off") - of(24, "off")));
  });

  it("belong to an inversion: another one is not gone on with, chunks of another size are", async () => {
    const store = memoryStore();
    const resumed = async (window: InvertOptions["window"], chunk: number): Promise<number> => {
      let count = 0;
      const options = { prompt: SOURCE, steps: 2, size: 32, store, window: window! };
      for await (const { type } of invert({ ...model, chunk }, clipOf(10), options))
        if (type === "resumed") count++;
      return count;
    };
    expect(await resumed(SIX, 2)).toBe(0);
    expect(await resumed({ frames: 6, overlap: 3 }, 2)).toBe(0);
    expect(await resumed("off", 2)).toBe(0);
    expect(await resumed(SIX, 5)).toBe(1);
    expect(store.states.size).toBe(3);
  });

  it("go on after a stop to the same numbers", async () => {
    const options = { prompt: SOURCE, steps: 3, size: 32, window: SIX } as const;
    const store = memoryStore();
    const abort = new AbortController();
    const stopped = (async () => {
      for await (const event of invert(model, clipOf(10), { ...options, store, signal: abort.signal }))
        if (event.type === "step" && event.phase === "invert") abort.abort();
    })();
    await expect(stopped).rejects.toThrow(/abort/i);
    const again = await invert(model, clipOf(10), { ...options, store });
    const whole = await invert(model, clipOf(10), options);
    expect(again.latents.data).toEqual(whole.latents.data);
  });

  it.each<[unknown, object, RegExp]>([
    [{ frames: 4, overlap: 4 }, {}, /window is .*"overlap":4/],
    [{ frames: 0, overlap: 0 }, {}, /window is/],
    [{ frames: 2.5, overlap: 0 }, {}, /window is/],
    ["long", {}, /window is "long"/],
    [SIX, { compat: "fatezero" }, /window 6:2 would have no effect: statistics are over the clip/],
    [SIX, { groupNorm: "clip" }, /window 6:2 would have no effect: statistics are over the clip/],
  ])("of %j are refused with %j", async (window, method, message) => {
    const job = invert(model, clipOf(2), { prompt: SOURCE, window: window as "auto", ...method });
    await expect(job).rejects.toMatchObject({ code: "bad-option", message: expect.stringMatching(message) });
  });

  it("are refused without layers over time, and by null-text inversion", async () => {
    await expect(invert(base, clipOf(2), { prompt: SOURCE, window: SIX })).rejects.toThrow(
      /window 6:2 would have no effect: .* has no layers over time/,
    );
    const { inversion } = await run(clipOf(10), { window: SIX });
    await expect(nullText(model, inversion)).rejects.toThrow("null-text inversion takes all frames at once");
  });
});
