/** Null-text inversion on tinytown with real frames: few steps, small, but the real thing end to end. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inRepository } from "../../../test/support/fixtures.ts";
import { memoryStore } from "../../../test/support/memory-store.ts";
import { createSchedule } from "../../diffusion/index.ts";
import {
  denoiserOf,
  edit,
  type Inversion,
  invert,
  latentsAt,
  type NullText,
  planEdit,
  stateBytes,
} from "../../edit/index.ts";
import { loadInversion, saveInversion } from "../../job/inversion-file.ts";
import { loadModel } from "../../pipeline/index.node.ts";
import type { Model, ProgressEvent } from "../../pipeline/index.ts";
import { concat0, type FloatTensor, floatTensor } from "../../tensor/index.ts";
import { readVideo } from "../../video/index.node.ts";
import { type NullTextOptions, nullText, objectiveOf } from "./index.ts";

const SOURCE = "a red car on a road under a blue sky";
const TARGET = "a blue car on a road under a blue sky";
const [STEPS, FRAMES, GUIDANCE] = [4, 2, 5];
const OPTIONS: NullTextOptions = { guidance: GUIDANCE, iterations: 3 };
/** Nothing of the source but the noisiest latents. */
const ALONE = { selfSteps: 0, crossSteps: 0, maskWords: "none", latentBlend: false } as const;

let model: Model;
let plain: Inversion;
let shared: Inversion;
let own: Inversion;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fatezero-null-text-"));
  model = await loadModel("tinytown", { threads: 2 });
  const clip = await readVideo(inRepository("examples/car.mp4"), { frames: FRAMES, stride: 8 });
  plain = await invert(model, clip, { prompt: SOURCE, steps: STEPS });
  shared = await nullText(model, plain, OPTIONS);
  own = await nullText(model, plain, { ...OPTIONS, perFrame: true });
});
afterAll(async () => {
  await model.close();
  await rm(folder, { recursive: true });
});

const embeddingsOf = ({ nullText }: Inversion): FloatTensor => nullText!.embeddings;

/** Mean squared error of the latents that the source prompt gives under guidance, to the source's. */
async function missOf(inversion: Inversion): Promise<number> {
  const options = { prompt: SOURCE, ...ALONE, guidance: GUIDANCE, keepTrajectory: true };
  const { trajectory } = await edit(model, inversion, options);
  const size = inversion.latents.data.length / (STEPS + 1);
  const [a, b] = [trajectory!.data, inversion.latents.data];
  return a.subarray(0, size).reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0) / size;
}

describe("null-text inversion", () => {
  it("brings the source back under guidance, closer with a text for each frame", async () => {
    const misses = [await missOf(plain), await missOf(shared), await missOf(own)];
    expect(misses[1]).toBeLessThan(0.5 * misses[0]!);
    expect(misses[2]).toBeLessThan(misses[1]!);
  });

  it("leaves the inversion as it is, and a text for each step beside it", () => {
    const { nullText: added, ...rest } = shared;
    expect(rest).toEqual(plain);
    expect(plain.nullText).toBeUndefined();
    expect(added).toMatchObject({ guidance: GUIDANCE, embeddings: { shape: [STEPS, 1, 77, 128] } });
    expect(embeddingsOf(own).shape).toEqual([STEPS, FRAMES, 77, 128]);
    expect(stateBytes(shared) - stateBytes(plain)).toBe(4 * STEPS * 77 * 128);
  });

  it("stops early where it is good enough: with one iteration and with as many as it may take", async () => {
    const once = await nullText(model, plain, { guidance: GUIDANCE, iterations: 1 });
    const stopped = await nullText(model, plain, { guidance: GUIDANCE, iterations: 3, earlyStop: 100 });
    expect(embeddingsOf(stopped)).toEqual(embeddingsOf(once));
    expect(embeddingsOf(stopped)).not.toEqual(embeddingsOf(shared));
  });

  it("gives the same when blocks are computed again in the backward pass", async () => {
    const again = await nullText(model, plain, { ...OPTIONS, checkpointing: true });
    // Adam turns a gradient near zero into a whole step of either sign: a tenth of the learning rate.
    expect(embeddingsOf(again)).toBeAllclose(embeddingsOf(shared), { absolute: 1e-3 });
  });

  it("is for the model's own guidance where none is asked for", async () => {
    const { nullText: added } = await nullText(model, plain, { iterations: 1 });
    expect(added!.guidance).toBe(2);
  });

  it.each<[string, NullTextOptions]>([
    ["guidance", { guidance: 1 }],
    ["iterations", { iterations: 0 }],
    ["iterations", { iterations: 1.5 }],
    ["early stop", { earlyStop: Number.NaN }],
  ])("refuses what cannot be: %s %j", async (name, options) => {
    await expect(nullText(model, plain, options)).rejects.toMatchObject({
      code: "bad-option",
      message: expect.stringContaining(name),
    });
  });

  it("names the step where a value is not finite", async () => {
    const latents = floatTensor(plain.latents.shape, plain.latents.data.slice());
    // Where the second denoising step should lead.
    latents.data[(STEPS - 2) * (latents.data.length / (STEPS + 1))] = Number.NaN;
    await expect(nullText(model, { ...plain, latents }, OPTIONS)).rejects.toMatchObject({
      code: "not-finite",
      message: expect.stringContaining("Step 2 of the null-text inversion"),
    });
  });
});

describe("null-text inversion that was stopped", () => {
  it.each([false, true])("goes on to the same bytes; a text per frame: %s", async (perFrame) => {
    const store = memoryStore();
    const abort = new AbortController();
    const events: ProgressEvent[] = [];
    const stopping = (async () => {
      const options = { ...OPTIONS, perFrame, store, signal: abort.signal };
      for await (const event of nullText(model, plain, options)) {
        events.push(event);
        if (event.type === "step" && event.phase === "nullText" && event.step === 2) abort.abort();
      }
    })();
    await expect(stopping).rejects.toThrow(/abort/i);
    const saved = events.find(({ type }) => type === "saved");
    expect(saved).toMatchObject({ phase: "nullText", steps: STEPS });

    const job = nullText(model, plain, { ...OPTIONS, perFrame, store });
    const again: ProgressEvent[] = [];
    for await (const event of job) again.push(event);
    expect(again).toContainEqual({ ...saved, type: "resumed" });
    expect(await job).toEqual(perFrame ? own : shared);
    // The finished one stays, and another one is not taken for it.
    expect([...store.states.values()].map(({ step }) => step)).toEqual([STEPS]);
    await nullText(model, plain, { ...OPTIONS, perFrame, iterations: 1, store });
    expect(store.states.size).toBe(2);
  });
});

describe("an edit of it", () => {
  const withTexts = (embeddings: FloatTensor): Inversion => ({
    ...plain,
    nullText: { guidance: GUIDANCE, embeddings } satisfies NullText,
  });
  /** Each text for every frame. */
  const repeated = ({ shape, data }: FloatTensor): FloatTensor => {
    const [steps, , ...text] = shape as [number, number, ...number[]];
    const rows = floatTensor([steps, ...text], data);
    const all = Array.from({ length: steps }, (_, i) => {
      const size = data.length / steps;
      const one = floatTensor([1, ...text], rows.data.subarray(i * size, (i + 1) * size));
      return floatTensor([1, FRAMES, ...text], concat0(Array<FloatTensor>(FRAMES).fill(one)).data);
    });
    return concat0(all);
  };
  const fused = { prompt: TARGET, selfSteps: 0.5, crossSteps: 0.5, maskThreshold: 0.3 } as const;

  it.each([
    ["fused, masked", { maskFrom: "attention", latentBlend: true }],
    ["fused, whole maps", { maskWords: "none" }],
  ] as const)("computes one text for all frames as the same text for each: %s", async (_, more) => {
    const options = { ...fused, ...more, keepTrajectory: true };
    const one = await edit(model, shared, options);
    const each = await edit(model, withTexts(repeated(embeddingsOf(shared))), options);
    expect(each.trajectory!).toBeAllclose(one.trajectory!, { absolute: 2e-4 });
    const without = await edit(model, plain, { ...options, guidance: GUIDANCE });
    expect(without.trajectory).not.toEqual(one.trajectory);
  });

  it("takes each frame's own text for that frame", async () => {
    const options = { prompt: TARGET, ...ALONE, keepTrajectory: true };
    // Frames that look at themselves only: what is told to one changes nothing in the other.
    const clip = await readVideo(inRepository("examples/car.mp4"), { frames: FRAMES, stride: 8 });
    const apart = await invert(model, clip, { prompt: SOURCE, steps: STEPS, attend: [] });
    const texts = repeated(embeddingsOf(shared));
    const other = floatTensor(texts.shape, texts.data.slice());
    const size = 77 * 128;
    for (let step = 0; step < STEPS; step++)
      other.data.fill(0, (step * FRAMES + 1) * size, (step * FRAMES + 2) * size);
    const [a, b] = await Promise.all(
      [texts, other].map((embeddings) =>
        edit(model, { ...apart, nullText: { guidance: GUIDANCE, embeddings } }, options),
      ),
    );
    const frame = a!.trajectory!.data.length / (STEPS + 1) / FRAMES;
    const clean = (result: typeof a, f: number) =>
      floatTensor([frame], result!.trajectory!.data.subarray(f * frame, (f + 1) * frame));
    expect(clean(a, 0)).toBeAllclose(clean(b, 0), { absolute: 1e-5 });
    expect(Math.max(...clean(a, 1).data.map((x, i) => Math.abs(x - clean(b, 1).data[i]!)))).toBeGreaterThan(
      0.01,
    );
  });

  it("is at its guidance unless told otherwise, which is warned of", async () => {
    const planned = await planEdit(model, shared, { prompt: TARGET });
    expect(planned.settings.guidance).toBe(GUIDANCE);
    expect(planned.plan.warnings).toEqual([]);
    const other = await planEdit(model, shared, { prompt: TARGET, guidance: 7.5 });
    expect(other.settings.guidance).toBe(7.5);
    expect(other.plan.warnings).toMatchObject([{ code: "null-text-guidance" }]);
  });

  it("has no place for a negative prompt, whenever it was planned", async () => {
    const negative = { prompt: TARGET, negative: "a bus" };
    await expect(planEdit(model, shared, negative)).rejects.toMatchObject({ code: "null-text-negative" });
    const plan = await planEdit(model, plain, negative);
    await expect(edit(model, shared, { plan })).rejects.toMatchObject({ code: "plan-differs" });
  });

  it("that was stopped is not gone on with under other texts", async () => {
    const store = memoryStore();
    const removed: string[] = [];
    const noted = { ...store, remove: async (key: string) => void removed.push(key) };
    for (const inversion of [plain, shared, own])
      await edit(model, inversion, { prompt: TARGET, ...ALONE, guidance: GUIDANCE, store: noted });
    expect(new Set(removed).size).toBe(3);
  });

  it("follows the released code's mode too", async () => {
    const clip = await readVideo(inRepository("examples/car.mp4"), { frames: FRAMES, stride: 8 });
    const inverted = await invert(model, clip, { prompt: SOURCE, steps: STEPS, compat: "fatezero" });
    const optimized = await nullText(model, inverted, OPTIONS);
    expect(await missOf(optimized)).toBeLessThan(0.5 * (await missOf(inverted)));
  });

  it("of a saved one is the same", async () => {
    for (const [name, inversion] of Object.entries({ shared, own })) {
      const file = join(folder, `${name}.safetensors`);
      await saveInversion(file, inversion);
      const loaded = await loadInversion(file);
      expect(loaded.nullText).toEqual(inversion.nullText);
      expect(loaded.latents).toEqual(inversion.latents);
    }
  });
});

describe("null-text inversion of a clip in chunks", () => {
  const count = 5;
  let long: Inversion;
  beforeAll(async () => {
    const clip = await readVideo(inRepository("examples/car.mp4"), { frames: count, stride: 3 });
    long = await invert(model, clip, { prompt: SOURCE, steps: STEPS, size: 64 });
  });

  it.each<[string, boolean, Partial<Inversion["settings"]>, number]>([
    ["one text", false, {}, 2],
    ["a text for each frame", true, {}, 2],
    ["texts of neighbours", true, { attend: { frames: [-1, "first"], leastChannels: 192 } }, 1],
  ])("descends what the whole clip does: %s", async (_, perFrame, change, chunk) => {
    const inversion = { ...long, settings: { ...long.settings, ...change } };
    const schedule = createSchedule(model.checkpoint.scheduler, STEPS, null);
    const step = schedule.steps[1]!;
    const source = await model.encodeText(inversion.ids);
    const rows = (text: FloatTensor): FloatTensor =>
      perFrame ? concat0(Array<FloatTensor>(count).fill(floatTensor([1, ...text.shape], text.data))) : text;
    const given = {
      latents: latentsAt(inversion, step.inverted + 1),
      target: latentsAt(inversion, step.inverted),
      source: rows(source),
      text: rows(
        floatTensor(
          source.shape,
          source.data.map((value, i) => value + 0.1 * Math.sin(i)),
        ),
      ),
    };
    const of = async (size: number, settings: Inversion["settings"]) => {
      const { denoiser } = denoiserOf({ ...model, chunk: size }, { ...inversion, settings });
      const objective = await objectiveOf(denoiser, step, given, {
        guidance: GUIDANCE,
        checkpointing: false,
      });
      return { chunks: denoiser.chunks(count).length, objective, at: await objective.at(given.text) };
    };
    const cut = await of(chunk, inversion.settings);
    const whole = await of(count, inversion.settings);
    const most = Math.max(...whole.at.gradient.data.map(Math.abs));
    expect(cut.chunks).toBe(Math.ceil(count / chunk));
    expect(whole.chunks).toBe(1);
    expect(cut.at.loss).toBeCloseTo(whole.at.loss, 6);
    expect(cut.at.gradient).toBeAllclose(whole.at.gradient, { absolute: 1e-4 * most });
    expect(cut.objective.conditional).toBeAllclose(whole.objective.conditional, { absolute: 1e-4 });
    const predicted = await whole.objective.predict(given.text);
    expect(await cut.objective.predict(given.text)).toBeAllclose(predicted, { absolute: 1e-4 });
  });
});
