/** The methods of comparison on tinytown with real frames: few steps, small, but the real thing end to end. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inRepository } from "../../test/support/fixtures.ts";
import { memoryStore } from "../../test/support/memory-store.ts";
import { edit, invert } from "../edit/index.ts";
import { psnr } from "../metrics/index.ts";
import { loadModel } from "../pipeline/index.node.ts";
import {
  decodeLatents,
  encodeImages,
  framesToImages,
  imagesToFrames,
  type Model,
} from "../pipeline/index.ts";
import { floatTensor } from "../tensor/index.ts";
import { saveTuned } from "../tune/index.node.ts";
import { tune } from "../tune/index.ts";
import { readVideo } from "../video/index.node.ts";
import type { Frame, Video } from "../video/index.ts";
import {
  type AnyBaselineOptions,
  type BaselineMethod,
  editByAtlas,
  editByBaseline,
  editByDdim,
  editByNullTextP2p,
  editBySdEdit,
  editByTuneAVideo,
} from "./index.ts";

const SOURCE = "a red car on a road under a blue sky";
const TARGET = "a blue car on a road under a blue sky";
const STEPS = 4;
const OPTIONS = { source: SOURCE, target: TARGET, steps: STEPS, guidance: 5 };

let model: Model;
let clip: Video;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fatezero-baselines-"));
  model = await loadModel("tinytown", { threads: 2 });
  clip = await readVideo(inRepository("examples/car.mp4"), { frames: 2, stride: 8 });
});
afterAll(async () => {
  await model.close();
  await rm(folder, { recursive: true });
});

/** The frame of the clip alone, as a clip. */
const only = (frame: number): Video => ({ ...clip, frames: [clip.frames[frame]!] });

/** Levels of 255 by which two pictures differ at most. */
const most = (a: Frame, b: Frame): number => {
  let far = 0;
  for (const [i, value] of a.data.entries()) far = Math.max(far, Math.abs(value - b.data[i]!));
  return far;
};

it("DDIM is an edit that takes nothing of the source but the noisiest latents", async () => {
  const inversion = await invert(model, clip, { prompt: SOURCE, steps: STEPS });
  const alone = { selfSteps: 0, crossSteps: 0, maskWords: "none", latentBlend: false } as const;
  const expected = await edit(model, inversion, { prompt: TARGET, guidance: 5, ...alone });
  const { latents } = await editByDdim(model, clip, OPTIONS);
  expect(latents).toEqual(expected.latents);
});

describe("SDEdit", () => {
  it("changes nothing but by the VAE where it adds no noise, and more the more noise it adds", async () => {
    const latents = await encodeImages(model, framesToImages(clip.frames), {});
    const there = imagesToFrames(await decodeLatents(model, latents, {}));
    const by = (strength: number) => editBySdEdit(model, clip, { ...OPTIONS, strength });
    expect((await by(0)).frames).toEqual(there);
    const [some, all] = [await by(0.25), await by(1)];
    expect(psnr(some.frames, there)!).toBeLessThan(60);
    expect(psnr(all.frames, there)!).toBeLessThan(psnr(some.frames, there)! - 3);
  });

  it("follows its seed, and the target prompt", async () => {
    const by = async (options: object) =>
      (await editBySdEdit(model, clip, { ...OPTIONS, ...options })).frames;
    const first = await by({});
    expect(await by({ seed: 0 })).toEqual(first);
    expect(await by({ seed: 1 })).not.toEqual(first);
    expect(await by({ target: "a yellow car on a road under a blue sky" })).not.toEqual(first);
    expect(await by({ negative: "a road" })).not.toEqual(first);
  });
});

it.each<[BaselineMethod, object]>([
  ["sdedit", {}],
  ["null-text-p2p", { iterations: 2 }],
])("%s works frame by frame: the first alone comes out as it does in the clip", async (method, more) => {
  const options = { ...OPTIONS, ...more };
  const both = await editByBaseline(method, model, clip, options);
  const alone = await editByBaseline(method, model, only(0), options);
  // A frame alone is computed in another batch: rounding may move a level.
  expect(most(alone.frames[0]!, both.frames[0]!)).toBeLessThanOrEqual(1);
});

it("null-text inversion brings the source back under guidance, and prompt-to-prompt keeps to it", async () => {
  const same = { ...OPTIONS, target: SOURCE, crossSteps: 1, selfSteps: 1 };
  const toSource = (result: Video): number => psnr(result.frames, clip.frames)!;
  const optimized = await editByNullTextP2p(model, clip, { ...same, iterations: 5 });
  const plain = await editByDdim(model, clip, { ...OPTIONS, target: SOURCE });
  expect(toSource(optimized)).toBeGreaterThan(toSource(plain) + 3);
  const changed = await editByNullTextP2p(model, clip, { ...OPTIONS, iterations: 2 });
  const withOwn = await editByNullTextP2p(model, clip, { ...OPTIONS, iterations: 2, selfSteps: 0 });
  expect(withOwn.frames).not.toEqual(changed.frames);
  // Without guidance there is no unconditional text to optimise.
  const free = await editByNullTextP2p(model, clip, { ...OPTIONS, guidance: 1 });
  expect(free.reconstruction).toBeDefined();
});

describe("Tune-A-Video", () => {
  it("is DDIM by the model that the training makes", async () => {
    const options = { ...OPTIONS, tuningSteps: 2 };
    const result = await editByTuneAVideo(model, clip, options);
    const tuning = await tune(model, clip, { prompt: SOURCE, steps: 2 });
    const path = join(folder, "tuned");
    await saveTuned(model, tuning, path);
    await using tuned = await loadModel(path, { threads: 2 });
    const expected = await editByDdim(tuned, clip, OPTIONS);
    expect(result.latents).toBeAllclose(expected.latents, { absolute: 1e-5 });
    const untuned = await editByDdim(model, clip, OPTIONS);
    expect(result.latents).not.toBeAllclose(untuned.latents, { absolute: 1e-2 });
    // One that is tuned is taken as it is.
    const again = await editByTuneAVideo(tuned, clip, options);
    expect(again.latents).toEqual(expected.latents);
  });
});

it.each<[BaselineMethod, Partial<AnyBaselineOptions>, string]>([
  ["ddim", { source: `${SOURCE} `.repeat(12) }, "122 tokens"],
  ["sdedit", { strength: 2 }, "strength"],
  ["sdedit", { target: `${TARGET} `.repeat(12) }, "122 tokens"],
  ["sdedit", { guidance: -1 }, "guidance"],
  ["null-text-p2p", { negative: "a road" }, "null-text"],
  ["tune-a-video", { steps: 0 }, "steps"],
])("%s refuses what cannot be: %j", async (method, wrong, said) => {
  await expect(editByBaseline(method, model, clip, { ...OPTIONS, ...wrong })).rejects.toThrow(said);
});

it("SDEdit goes on where it was stopped, to the same bytes", async () => {
  const store = memoryStore();
  const options = { ...OPTIONS, strength: 1 };
  const abort = new AbortController();
  const stopped = (async () => {
    for await (const event of editBySdEdit(model, clip, { ...options, store, signal: abort.signal }))
      if (event.type === "step" && event.phase === "edit" && event.step === 2) abort.abort();
  })();
  await expect(stopped).rejects.toThrow(/abort/i);
  expect([...store.states.values()].map(({ step }) => step)).toEqual([2]);
  const again = await editBySdEdit(model, clip, { ...options, store });
  expect(again.frames).toEqual((await editBySdEdit(model, clip, options)).frames);
  expect(store.states.size).toBe(0);
});

it("Tune-A-Video tunes once for all edits of a clip", async () => {
  const store = memoryStore();
  const options = { ...OPTIONS, tuningSteps: 1, store };
  const first = await editByTuneAVideo(model, clip, options);
  const steps: string[] = [];
  const job = editByTuneAVideo(model, clip, options);
  for await (const event of job) if (event.type === "step") steps.push(event.phase);
  expect(steps).not.toContain("tune");
  expect((await job).latents).toEqual(first.latents);
});

describe("the atlas", () => {
  const small = { ...OPTIONS, iterations: 1, atlasIterations: 40 };

  it("carries the edit of the middle frame to all, with the object found or given", async () => {
    const found = await editByAtlas(model, clip, small);
    expect(found.frames).toHaveLength(2);
    // Of two frames the first is the middle one: it is as prompt-to-prompt left it, but for what the layers blur.
    const alone = await editByNullTextP2p(model, only(0), small);
    const changed = psnr(alone.frames, [clip.frames[0]!])!;
    expect(psnr(found.frames.slice(0, 1), alone.frames)!).toBeGreaterThan(changed);
    const whole = floatTensor([1, 2, 2], new Float32Array(4).fill(1));
    const given = await editByAtlas(model, clip, { ...small, mask: whole });
    expect(given.frames).not.toEqual(found.frames);
  });
});
