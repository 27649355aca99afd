/** Deep features taken again in later steps, on tinytown with real frames. */
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { inRepository } from "../../test/support/fixtures.ts";
import { memoryStore } from "../../test/support/memory-store.ts";
import { loadModel } from "../pipeline/index.node.ts";
import { createDenoiser, type Model } from "../pipeline/index.ts";
import { type FloatTensor, slice0 } from "../tensor/index.ts";
import { readVideo } from "../video/index.node.ts";
import { editKey } from "./edit-state.ts";
import { denoiseFused } from "./fused-branches.ts";
import { type EditKnobs, edit, type Inversion, invert, latentsAt, planEdit, prepareEdit } from "./index.ts";
import { checkReuse, DEEP_LEVEL, wholeSteps } from "./reuse-deep.ts";
import { denoiserOf } from "./source-states.ts";

const SOURCE = "a red car on a road under a blue sky";
const TARGET: EditKnobs = { prompt: "a blue car on a road under a blue sky" };
const STEPS = 6;
const CLOSE = { absolute: 2e-4 };

let model: Model;
let inversion: Inversion;

beforeAll(async () => {
  model = await loadModel("tinytown", { threads: 2 });
  const clip = await readVideo(inRepository("examples/car.mp4"), { frames: 2, stride: 8 });
  inversion = await invert(model, clip, { prompt: SOURCE, steps: STEPS });
});
afterAll(() => model.close());

const plan = (knobs: EditKnobs) => planEdit(model, inversion, { ...TARGET, ...knobs });

/** The latents after so many steps of an edit. */
async function after(step: number, knobs: EditKnobs): Promise<FloatTensor> {
  const { trajectory } = await edit(model, inversion, { ...TARGET, ...knobs, keepTrajectory: true });
  return slice0(trajectory!, STEPS - step, STEPS - step + 1);
}

describe("the shallow part of the UNet", () => {
  it.each<readonly [string, EditKnobs]>([
    ["an edit", TARGET],
    ["one whose self-attention is masked", { ...TARGET, maskFrom: "attention", maskThreshold: 0.3 }],
    ["one without guidance", { ...TARGET, guidance: 1 }],
    ["one that fuses nothing", { ...TARGET, selfSteps: 0, crossSteps: 0 }],
    ["a removal", { remove: ["car"] }],
    ["regions", { regions: [{ words: "car", prompt: "a blue car" }] }],
  ])("gives what the whole gives with the feature of the same step: %s", async (_, knobs) => {
    const planned = await planEdit(model, inversion, { ...knobs, reuseDeep: 2 });
    const { steps, denoise } = await prepareEdit(model, inversion, planned);
    const z = latentsAt(inversion, STEPS - 1);
    const whole = await denoise(steps[0]!, z);
    const shallow = await denoise({ ...steps[0]!, index: 1 }, z);
    expect(shallow.predictions).toHaveLength(whole.predictions.length);
    for (const [i, prediction] of shallow.predictions.entries())
      expect(prediction).toBeAllclose(whole.predictions[i]!, CLOSE);
    expect(shallow.wordMaps).toBe(whole.wordMaps);
    expect([whole.deep.length, shallow.deep.length]).toEqual([whole.predictions.length, 0]);
    // A later step has other numbers, and the feature counts.
    const next = await denoise(steps[1]!, z);
    expect(next.predictions[0]).not.toBeAllclose(whole.predictions[0]!, CLOSE);
  });

  it.each([
    ["fuses too", 0, 3],
    ["fuses nothing, so that the source's branch ends before", DEEP_LEVEL, 2],
  ])("has the source's branch where it %s", async (_, least, count) => {
    const own = denoiserOf(model, inversion).sites;
    const lenders = own.all.filter(({ level }) => level >= least);
    const sites = { ...own, fused: new Set(lenders.map(({ path }) => path)) };
    const denoiser = createDenoiser(model, inversion.settings, sites);
    const { plan: made } = await plan({});
    const texts = await Promise.all([inversion.ids, made.target.ids].map((ids) => model.encodeText(ids)));
    const branch = (inverted: number, text: number) => ({
      latents: latentsAt(inversion, inverted),
      text: texts[text]!,
    });
    const step = {
      ...{ source: branch(4, 0), unconditional: branch(5, 0), edit: branch(5, 1) },
      ...{ cross: made.steps[0]!.cross!, self: "full" as const },
    };
    const run = (given: readonly FloatTensor[] | null) =>
      denoiseFused(denoiser, sites, { ...step, deep: { given } }, 801);
    const whole = await run(null);
    expect(whole.deep).toHaveLength(count);
    const shallow = await run(whole.deep);
    const plain = await denoiseFused(denoiser, sites, step, 801);
    for (const [i, prediction] of plain.predictions.entries()) {
      expect(whole.predictions[i]).toBeAllclose(prediction, CLOSE);
      expect(shallow.predictions[i]).toBeAllclose(prediction, CLOSE);
    }
    // What it is fed is what it goes by.
    const other = await run(whole.deep.map((feature) => ({ ...feature, data: feature.data.map(() => 0) })));
    expect(other.predictions[1]).not.toBeAllclose(plain.predictions[1]!, { absolute: 1e-2 });
  });
});

describe("an edit that takes deep features again", () => {
  it("is whole in one of so many steps, counted anew where other things are computed", async () => {
    const of = async (knobs: EditKnobs) =>
      wholeSteps(await plan(knobs))
        .map(Number)
        .join("");
    const fused = { selfSteps: 1, crossSteps: 1 };
    expect(await of(fused)).toBe("111111");
    expect(await of({ ...fused, reuseDeep: 2 })).toBe("101010");
    expect(await of({ ...fused, reuseDeep: 3 })).toBe("100100");
    expect(await of({ ...fused, reuseDeep: 9 })).toBe("100000");
    expect(await of({ selfSteps: 0.5, crossSteps: 0.5, reuseDeep: 2 })).toBe("101101");
    expect(await of({ ...fused, guidanceSteps: [0, 1 / 6], reuseDeep: 3 })).toBe("110010");
  });

  it("is the other edit up to its first shallow step, and near it after that", async () => {
    expect(await after(1, { reuseDeep: 3 })).toBeAllclose(await after(1, {}), CLOSE);
    const [shallow, whole] = [await after(STEPS, { reuseDeep: 2 }), await after(STEPS, {})];
    expect(shallow).not.toBeAllclose(whole, { absolute: 1e-3 });
    const power = (x: Float32Array) => x.reduce((sum, value) => sum + value ** 2, 0);
    const miss = power(shallow.data.map((value, i) => value - whole.data[i]!));
    expect(miss / power(whole.data)).toBeLessThan(0.1);
  });

  it("is another edit to what is kept of a stopped one, and 1 is the same", async () => {
    const keyOf = async (knobs: EditKnobs) => editKey(model, inversion, await plan(knobs), {});
    const key = await keyOf({});
    expect(await keyOf({ reuseDeep: 1 })).toBe(key);
    expect(await keyOf({ reuseDeep: 2 })).not.toBe(key);
  });

  it.each([1, 2, 3])("goes on after step %i, to the same bytes", async (stop) => {
    const store = memoryStore();
    const options = { ...TARGET, maskFrom: "attention", maskThreshold: 0.3, reuseDeep: 3 } as const;
    const abort = new AbortController();
    const stopped = (async () => {
      for await (const event of edit(model, inversion, { ...options, store, signal: abort.signal }))
        if (event.type === "step" && event.phase === "edit" && event.step === stop) abort.abort();
    })();
    await expect(stopped).rejects.toThrow(/abort/i);
    const [state] = store.states.values();
    expect(state!.step).toBe(stop);
    // Before a whole step nothing of the last one is needed.
    expect(state!.tensors.whole_latents !== undefined).toBe(stop < 3);
    const again = await edit(model, inversion, { ...options, store });
    expect(again.latents).toEqual((await edit(model, inversion, options)).latents);
  });

  it("keeps both graphs open, also of a large model", async () => {
    const open = vi.spyOn(model.engine, "open");
    const large = { ...model, unetBytes: 1e12 };
    await edit(large, inversion, { ...TARGET, selfSteps: 1, crossSteps: 1, reuseDeep: 2 });
    const unets = open.mock.calls.filter(([graph]) => "timestep" in graph.inputs);
    expect(unets).toHaveLength(2);
    open.mockRestore();
  });

  it("is told in the plan", async () => {
    const explain = async (knobs: EditKnobs) => (await plan(knobs)).plan.explanation;
    expect(await explain({ reuseDeep: 3 })).toBe(
      `${await explain({})}\nOne of 3 steps runs the whole UNet; the others run its finest level, with what the coarser ones gave before.`,
    );
    expect(await explain({ reuseDeep: 1 })).toBe(await explain({}));
  });

  it("is refused where it is no number of steps, would do nothing or follows the released code", async () => {
    await expect(plan({ reuseDeep: 1.5 })).rejects.toThrow("reuseDeep is 1.5.");
    const terms = { ...inversion, settings: { ...inversion.settings, compat: "fatezero" } as const };
    await expect(planEdit(model, terms, { ...TARGET, reuseDeep: 2 })).rejects.toMatchObject({
      code: "bad-option",
      message: expect.stringContaining("the released code computes every step"),
    });
    const flat = { ...model, unet: { ...model.unet, channels: [64] } };
    const planned = await plan({ reuseDeep: 2 });
    expect(() => checkReuse(flat, planned)).toThrow("the UNet of tinytown has one level");
    const one = await planEdit(model, { ...inversion, steps: 1 }, { ...TARGET, reuseDeep: 2 });
    expect(() => checkReuse(model, one)).toThrow("in each of the edit's steps other things begin");
    expect(() => checkReuse(model, planned)).not.toThrow();
    const without = await plan({});
    expect(() => checkReuse(flat, without)).not.toThrow();
  });
});
