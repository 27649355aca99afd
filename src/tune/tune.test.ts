/** One-shot tuning of a small model, on clips made of a few shapes. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { memoryStore } from "../../test/support/memory-store.ts";
import { writeRandomCheckpoint } from "../../test/support/random-checkpoint.ts";
import { TINY_SD } from "../../test/support/small-checkpoint.ts";
import { invert } from "../edit/index.ts";
import { readSafetensors } from "../files/index.ts";
import { loadModel } from "../pipeline/index.node.ts";
import type { Model } from "../pipeline/index.ts";
import type { Frame } from "../video/index.ts";
import { saveTuned } from "./index.node.ts";
import { type TuneEvent, type TuneOptions, type Tuning, tune } from "./index.ts";

const folder = await mkdtemp(join(tmpdir(), "fatezero-tune-"));
const at = (name: string): string => join(folder, name);

/** A bright square that moves over a dark ground. */
function clipOf(frames: number, width = 32, height = 32) {
  const draw = (f: number): Frame => {
    const data = new Uint8Array(width * height * 3).fill(40);
    for (let y = 8; y < 20; y++)
      for (let x = 4 + 3 * f; x < 14 + 3 * f; x++) data.set([220, 90, 30], (y * width + x) * 3);
    return { width, height, data };
  };
  return { frames: Array.from({ length: frames }, (_, f) => draw(f)), fps: 8 };
}

const CLIP = clipOf(2);
const OPTIONS = {
  ...{ prompt: "a red square", size: 32, steps: 3 },
  ...{ learningRate: 1e-3, rank: 8, holdOut: 2 },
} as const;

let model: Model;
beforeAll(async () => {
  await writeRandomCheckpoint(at("base"), TINY_SD);
  model = await loadModel(at("base"), { threads: 1 });
});
afterAll(async () => {
  await model.close();
  await rm(folder, { recursive: true });
});

/** All bytes of a network's changed weights. */
function bytesOf({ unet, changed }: Tuning): Buffer {
  return Buffer.concat(
    changed.map((name) => {
      const { location } = unet.weights.get(name)!;
      if (!("data" in location)) throw new Error(`${name} lies in a file`);
      return location.data;
    }),
  );
}

async function eventsOf(options: TuneOptions, clip = CLIP): Promise<{ events: TuneEvent[]; tuning: Tuning }> {
  const job = tune(model, clip, options);
  const events: TuneEvent[] = [];
  for await (const event of job) events.push(event);
  return { events, tuning: await job };
}

describe("tuning", () => {
  it("tells every step, and measures on noise levels that it does not train on", async () => {
    const { events, tuning } = await eventsOf({ ...OPTIONS, measureEvery: 2 });
    const losses = events.filter((event) => event.type === "loss");
    expect(losses.map(({ step, steps }) => [step, steps])).toEqual([1, 2, 3].map((step) => [step, 3]));
    for (const { loss, gradientNorm, secondsLeft } of losses) {
      expect(loss).toBeGreaterThan(0);
      expect(gradientNorm).toBeGreaterThan(0);
      expect(secondsLeft).toBeGreaterThanOrEqual(0);
    }
    expect(tuning.heldOut.map(({ step }) => step)).toEqual([0, 2, 3]);
    expect(tuning.steps).toBe(3);
    const timesteps = events.flatMap((event) =>
      event.type === "step" && event.phase === "tune" ? [event.timestep!] : [],
    );
    for (const t of timesteps)
      for (const level of [250, 750]) expect(Math.abs(t - level)).toBeGreaterThan(10);
  });

  it("learns the clip", async () => {
    const { tuning } = await eventsOf({ ...OPTIONS, steps: 40, learningRate: 2e-3, measureEvery: 40 });
    const [before, after] = tuning.heldOut;
    expect(after!.loss).toBeLessThan(before!.loss);
  });

  it("gives the same weights for the same seed, and others for another", async () => {
    const [a, b, other] = [
      await tune(model, CLIP, OPTIONS),
      await tune(model, CLIP, OPTIONS),
      await tune(model, CLIP, { ...OPTIONS, seed: 1 }),
    ];
    expect(bytesOf(a).equals(bytesOf(b))).toBe(true);
    expect(bytesOf(a).equals(bytesOf(other))).toBe(false);
  });

  it.each([
    ["", {}],
    [
      " in the released code's way, between an update on class images and the clip's",
      { compat: "fatezero", classImages: { images: clipOf(3).frames, prompt: "a square" } },
    ],
    [" with early stopping", { stopEarly: 3, measureEvery: 1, learningRate: 0.01 }],
  ] as const)("goes on after a stop to the same bytes%s", async (_, more) => {
    const options = { ...OPTIONS, steps: 4, ...more } as TuneOptions;
    const whole = await tune(model, CLIP, options);
    for (const stopAfter of [1, 2]) {
      const store = memoryStore();
      const abort = new AbortController();
      const stopped = (async () => {
        for await (const event of tune(model, CLIP, { ...options, store, signal: abort.signal }))
          if (event.type === "loss" && event.step === stopAfter) abort.abort();
      })();
      await expect(stopped).rejects.toMatchObject({ name: "AbortError" });
      expect([...store.states.values()].map(({ step }) => step)).toEqual([stopAfter]);
      const { events, tuning } = await eventsOf({ ...options, store });
      expect(events).toContainEqual({ type: "resumed", phase: "tune", step: stopAfter, steps: 4 });
      expect(bytesOf(tuning).equals(bytesOf(whole))).toBe(true);
      expect(tuning.losses).toEqual(whole.losses);
      expect(tuning.heldOut).toEqual(whole.heldOut);
      expect(store.states.size).toBe(0);
    }
  });

  it("takes the weights of the best measurement when it stops early", async () => {
    const { tuning } = await eventsOf({
      ...OPTIONS,
      steps: 20,
      learningRate: 0.5,
      measureEvery: 1,
      stopEarly: 2,
    });
    expect(tuning.losses.length).toBeLessThan(20);
    const best = Math.min(...tuning.heldOut.map(({ loss }) => loss));
    expect(tuning.heldOut.find(({ step }) => step === tuning.steps)!.loss).toBe(best);
    expect(tuning.heldOut.length - 1 - tuning.heldOut.findIndex(({ loss }) => loss === best)).toBe(2);
  });

  it("stops where the loss is no number, and keeps the last state", async () => {
    const store = memoryStore();
    const abort = new AbortController();
    const job = tune(model, CLIP, { ...OPTIONS, steps: 6, store, signal: abort.signal });
    const stopped = (async () => {
      for await (const event of job) if (event.type === "loss" && event.step === 2) abort.abort();
    })();
    await expect(stopped).rejects.toThrow(/abort/i);
    const [state] = store.states.values();
    // Weights as a learning rate that is far too high makes them.
    for (const [name, { data }] of Object.entries(state!.tensors))
      if (/^value.*to_q/.test(name)) data.fill(1e30);
    const events: TuneEvent[] = [];
    const failing = (async () => {
      for await (const event of tune(model, CLIP, { ...OPTIONS, steps: 6, store })) events.push(event);
    })();
    await expect(failing).rejects.toMatchObject({
      code: "tune-diverged",
      message: expect.stringContaining("at step 3 (timestep "),
    });
    expect(events.at(-1)).toEqual({ type: "saved", phase: "tune", step: 2, steps: 6 });
    expect([...store.states.values()].map(({ step }) => step)).toEqual([2]);
    // A training of so many steps is done at once.
    const { events: again, tuning } = await eventsOf({ ...OPTIONS, steps: 2, holdOut: 2, store });
    expect(again.some(({ type }) => type === "loss")).toBe(false);
    expect(tuning.losses).toHaveLength(2);
  });

  it("works on a single frame", async () => {
    const { tuning } = await eventsOf(OPTIONS, clipOf(1));
    expect(tuning.losses).toHaveLength(3);
  });

  it("refuses frames of unequal size, unknown modules, and class images that are too few", async () => {
    const frames = [...clipOf(1).frames, ...clipOf(1, 48).frames];
    await expect(tune(model, { frames, fps: 8 }, OPTIONS)).rejects.toMatchObject({
      code: "frame-size-differs",
    });
    await expect(tune(model, CLIP, { ...OPTIONS, trainModules: ["attn9"] })).rejects.toMatchObject({
      code: "tune-module",
      message: expect.stringContaining('"attn9"'),
      remedy: expect.stringContaining(".to_q"),
    });
    const classImages = { images: clipOf(2).frames, prompt: "a square" };
    await expect(tune(model, CLIP, { ...OPTIONS, compat: "fatezero", classImages })).rejects.toMatchObject({
      code: "class-images",
    });
    await expect(
      tune(model, CLIP, { ...OPTIONS, classImages: { images: [], prompt: "" } }),
    ).rejects.toMatchObject({ code: "class-images" });
    await expect(tune(model, CLIP, { ...OPTIONS, holdOut: 0, stopEarly: 2 })).rejects.toMatchObject({
      code: "bad-option",
    });
  });

  it("draws samples where they are asked for", async () => {
    const { events } = await eventsOf({
      ...OPTIONS,
      steps: 2,
      samples: { prompts: ["a", "a square"], every: 1 },
    });
    const samples = events.filter((event) => event.type === "sample");
    expect(samples.map(({ step, prompt }) => [step, prompt])).toEqual([
      [1, "a"],
      [1, "a square"],
      [2, "a"],
      [2, "a square"],
    ]);
    expect(samples[0]!.frames).toHaveLength(2);
    expect(samples[0]!.frames[0]!.data).not.toEqual(samples[2]!.frames[0]!.data);
  });

  it("uses class images of any size beside the clip", async () => {
    const classImages = { images: clipOf(3, 50, 44).frames, prompt: "a square" };
    const alone = await tune(model, CLIP, OPTIONS);
    const beside = await tune(model, CLIP, { ...OPTIONS, classImages });
    expect(beside.losses[0]!.loss).toBe(alone.losses[0]!.loss);
    expect(bytesOf(beside).equals(bytesOf(alone))).toBe(false);
  });

  it("tells that a size is far from the model's, and that many steps are many", async () => {
    const abort = new AbortController();
    const warned: string[] = [];
    const job = tune(model, CLIP, { ...OPTIONS, size: 16, steps: 1000, signal: abort.signal });
    await (async () => {
      for await (const event of job) {
        if (event.type === "warning") warned.push(event.code);
        else abort.abort();
      }
    })().catch(() => {});
    expect(warned).toEqual(["tune-size", "tune-long"]);
  });
});

describe("a tuned model", () => {
  it("that predicts v is tuned on v", async () => {
    await using other = await loadModel(at("base"), { threads: 1, prediction: "v_prediction" });
    const options = { ...OPTIONS, steps: 40, learningRate: 2e-3, measureEvery: 40 };
    const tuning = await tune(other, CLIP, options);
    expect(tuning.heldOut[1]!.loss).toBeLessThan(tuning.heldOut[0]!.loss);
    const epsilon = await tune(model, CLIP, { ...options, steps: 1 });
    expect(tuning.losses[0]!.loss).not.toBe(epsilon.losses[0]!.loss);
  });

  it("is saved as it was trained, whole or as what changed, and knows how it was tuned", async () => {
    const tuning = await tune(model, CLIP, OPTIONS);
    await saveTuned(model, tuning, at("whole"));
    await saveTuned(model, tuning, at("changed.safetensors"), { delta: true });
    await using whole = await loadModel(at("whole"), { threads: 1 });
    await using over = await loadModel(at("changed.safetensors"), { threads: 1, base: at("base") });
    for (const one of [whole, over]) {
      expect(one.tuned).toBe(true);
      expect(one.checkpoint.settings?.tuned).toEqual({
        prompt: OPTIONS.prompt,
        steps: 3,
        frames: CLIP.frames.length,
        attend: [-1, "first"],
        groupNorm: "frame",
      });
    }
    expect([...over.checkpoint.unet.weights.keys()].sort()).toEqual(
      [...whole.checkpoint.unet.weights.keys()].sort(),
    );
    const stored = await readSafetensors(at("whole/unet/diffusion_pytorch_model.safetensors"), [
      ...tuning.changed,
    ]);
    const values = tuning.changed.map((name) => Buffer.from(stored.tensors.get(name)!.data.buffer));
    expect(Buffer.concat(values).equals(bytesOf(tuning))).toBe(true);
    const inverting = { prompt: OPTIONS.prompt, size: 32, steps: 2 };
    const [a, b] = [await invert(whole, CLIP, inverting), await invert(over, CLIP, inverting)];
    expect(a.settings).toMatchObject({ attend: { frames: [-1, "first"] }, groupNorm: "frame" });
    expect(a.latents.data).toEqual(b.latents.data);
    expect(a.latents.data).not.toEqual((await invert(model, CLIP, inverting)).latents.data);
  });

  it("is refused over another model, and where only its file names the base", async () => {
    const tuning = await tune(model, CLIP, { ...OPTIONS, steps: 1 });
    const file = at("delta.safetensors");
    await saveTuned(model, tuning, file, { delta: true, precision: "fp16" });
    await expect(loadModel(file)).rejects.toMatchObject({ code: "model-not-named" });
    await expect(loadModel(file, { base: "tinytown" })).rejects.toMatchObject({ code: "model-differs" });
    await expect(loadModel(at("base"), { base: "tinytown" })).rejects.toMatchObject({ code: "base-unused" });
    await using tiny = await loadModel("tinytown");
    await expect(saveTuned(tiny, tuning, at("other"))).rejects.toMatchObject({ code: "model-differs" });
  });
});
