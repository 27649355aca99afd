/** Guidance in a part of the steps, on tinytown with real frames. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inRepository } from "../../test/support/fixtures.ts";
import { memoryStore } from "../../test/support/memory-store.ts";
import { loadModel } from "../pipeline/index.node.ts";
import type { Model } from "../pipeline/index.ts";
import { slice0 } from "../tensor/index.ts";
import { readVideo } from "../video/index.node.ts";
import { editKey } from "./edit-state.ts";
import { type EditKnobs, edit, type Inversion, invert, latentsAt, planEdit, prepareEdit } from "./index.ts";

const SOURCE = "a red car on a road under a blue sky";
const TARGET: EditKnobs = { prompt: "a blue car on a road under a blue sky", guidance: 5 };
const STEPS = 4;

let model: Model;
let inversion: Inversion;

beforeAll(async () => {
  model = await loadModel("tinytown", { threads: 2 });
  const clip = await readVideo(inRepository("examples/car.mp4"), { frames: 2, stride: 8 });
  inversion = await invert(model, clip, { prompt: SOURCE, steps: STEPS });
});
afterAll(() => model.close());

/** The latents after so many steps of an edit. */
async function after(step: number, knobs: EditKnobs) {
  const { trajectory } = await edit(model, inversion, { ...TARGET, ...knobs, keepTrajectory: true });
  return slice0(trajectory!, STEPS - step, STEPS - step + 1).data;
}

describe("guidance in a part of the steps", () => {
  it("is that of all steps inside, and none outside", async () => {
    expect(await after(2, { guidanceSteps: 0.5 })).toEqual(await after(2, {}));
    expect(await after(3, { guidanceSteps: 0.5 })).not.toEqual(await after(3, {}));
    expect(await after(2, { guidanceSteps: [0.5, 1] })).toEqual(await after(2, { guidance: 1 }));
    expect(await after(3, { guidanceSteps: [0.5, 1] })).not.toEqual(await after(3, { guidance: 1 }));
  });

  it.each<readonly [string, EditKnobs, readonly number[]]>([
    [
      "fused and unfused steps",
      { ...TARGET, selfSteps: 0.5, crossSteps: 0.5, guidanceSteps: [0.25, 0.75] },
      [1, 2, 2, 1],
    ],
    ["a removal", { remove: ["car"], guidance: 5, guidanceSteps: 0.5 }, [2, 2, 1, 1]],
    [
      "regions",
      { ...TARGET, regions: [{ words: "car", prompt: "a blue car" }], guidanceSteps: 0.5 },
      [2, 2, 1, 1],
    ],
  ])("computes no unconditional branch outside: %s", async (_, knobs, branches) => {
    const planned = await planEdit(model, inversion, knobs);
    const { steps, denoise, guide } = await prepareEdit(model, inversion, planned);
    const z = latentsAt(inversion, STEPS);
    const counts: number[] = [];
    for (const step of steps) {
      const { predictions } = await denoise(step, z);
      counts.push(predictions.length);
      if (predictions.length === 1) expect(guide(step, predictions)).toBe(predictions[0]);
    }
    expect(counts).toEqual(branches);
  });

  it("leaves the source's reconstruction without guidance there too", async () => {
    const from = { fuseFrom: "reconstruction" } as const;
    const way = async (knobs: EditKnobs) =>
      (await edit(model, inversion, { ...TARGET, ...from, ...knobs })).reconstruction!;
    const [part, whole] = [await way({ guidanceSteps: 0.5 }), await way({})];
    expect(latentsAt(part, STEPS - 2)).toEqual(latentsAt(whole, STEPS - 2));
    expect(latentsAt(part, STEPS - 3)).not.toEqual(latentsAt(whole, STEPS - 3));
  });

  it("is another edit to what is kept of a stopped one, and all steps are the same", async () => {
    const keyOf = async (knobs: EditKnobs) =>
      editKey(model, inversion, await planEdit(model, inversion, { ...TARGET, ...knobs }), {});
    const key = await keyOf({});
    expect(await keyOf({ guidanceSteps: 1 })).toBe(key);
    expect(await keyOf({ guidanceSteps: [0, 1] })).toBe(key);
    expect(await keyOf({ guidanceSteps: 0.5 })).not.toBe(key);
  });

  it("goes on where it was stopped, to the same bytes", async () => {
    const store = memoryStore();
    const options = { ...TARGET, guidanceSteps: [0.25, 0.75] } as const;
    const abort = new AbortController();
    const stopped = (async () => {
      for await (const event of edit(model, inversion, { ...options, store, signal: abort.signal }))
        if (event.type === "step" && event.step === 2) abort.abort();
    })();
    await expect(stopped).rejects.toThrow(/abort/i);
    expect([...store.states.values()].map(({ step }) => step)).toEqual([2]);
    const again = await edit(model, inversion, { ...options, store });
    expect(again.latents).toEqual((await edit(model, inversion, options)).latents);
  });

  it("is told in the plan", async () => {
    const explain = async (knobs: EditKnobs) =>
      (await planEdit(model, inversion, { ...TARGET, ...knobs })).plan.explanation;
    const line = "\nGuidance in steps 2 to 3 of 4; the others follow the target prompt's prediction alone.";
    expect(await explain({ guidanceSteps: [0.25, 0.75] })).toBe(`${await explain({})}${line}`);
    expect(await explain({ guidanceSteps: 1 })).toBe(await explain({}));
  });

  it.each<readonly [string, EditKnobs, string]>([
    ["without guidance", { guidance: 1, guidanceSteps: 0.5 }, "there is no guidance at 1"],
    [
      "of no step",
      { guidanceSteps: [0.5, 0.5] },
      "guidanceSteps 0.5-0.5 is no step of 4: none would be guided.",
    ],
    ["that is none", { guidanceSteps: [0.5, 2] }, "guidanceSteps is [0.5,2]."],
  ])("refuses a window %s", async (_, knobs, message) => {
    await expect(planEdit(model, inversion, { ...TARGET, ...knobs })).rejects.toThrow(message);
  });

  it("is refused where the released code is followed, which guides every step", async () => {
    const terms = { ...inversion, settings: { ...inversion.settings, compat: "fatezero" } as const };
    await expect(planEdit(model, terms, { ...TARGET, guidanceSteps: 0.5 })).rejects.toMatchObject({
      code: "bad-option",
      message: expect.stringContaining("the released code guides every step"),
    });
  });

  it("warns where null-text embeddings were optimised for all steps", async () => {
    const terms = { prompt: SOURCE, steps: STEPS, nullText: { guidance: 5 } };
    const { plan } = await planEdit(model, terms, { ...TARGET, guidanceSteps: 0.5 });
    expect(plan.warnings).toMatchObject([{ code: "null-text-guidance" }]);
    expect((await planEdit(model, terms, TARGET)).plan.warnings).toEqual([]);
  });
});
