import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { loadModel, openPlanningModel } from "../pipeline/index.node.ts";
import { type Model, resolveMethod } from "../pipeline/index.ts";
import { type EditKnobs, planEdit } from "./index.ts";

const SOURCE = "a red car on a road under a blue sky";

let model: Model;

beforeAll(async () => {
  model = await loadModel("tinytown");
});

afterAll(async () => model.close());

const plan = (knobs: EditKnobs, prompt = SOURCE) => planEdit(model, { prompt, steps: 10 }, knobs);

describe("a removal", () => {
  it("makes its target, its mask and its preset of the words", async () => {
    const planned = await plan({ remove: ["car"] });
    expect(planned).toMatchObject({ preset: "remove", removes: ["red car"], hasMask: true });
    expect(planned.plan.target.text).toBe("a road under a blue sky");
    expect(planned.plan.method).toBe("refine");
    expect(planned.plan.mask.sourceWords).toEqual(["car"]);
    expect(planned.plan.explanation).toMatch(/^Removes red car: the target is "a road under a blue sky"/);
  });

  it("takes brackets of the source as they stand: they are no weights", async () => {
    const planned = await plan({ remove: ["car"] }, "a red car on a (road:2)");
    expect(planned.plan.target.text).toBe("a (road:2)");
    expect(planned.amplify).toEqual([]);
  });

  it.each<[string, EditKnobs, RegExp]>([
    ["own-target", { remove: ["car"], prompt: "a road" }, /target would have no effect/],
    ["own-target", { remove: ["car"], enhance: true }, /enhance would have no effect/],
    ["own-target", { remove: ["car"], preset: "style" }, /preset would have no effect/],
    ["own-target", { remove: ["car"], align: "replace" }, /align would have no effect/],
    ["own-target", { remove: ["car"], latentBlend: false }, /latentBlend would have no effect/],
    ["own-target", { remove: ["car"], maskWords: "none" }, /no mask/],
    ["own-target", { remove: ["car"], maskThreshold: 1 }, /no mask/],
    ["own-target", { prompt: "a road", preset: "remove" }, /does not say what/],
    ["bad-option", { remove: [] }, /list of words/],
    ["bad-option", { remove: "car" as never }, /list of words/],
    ["unknown-word", { remove: ["bus"] }, /"bus" is not in the source/],
    ["nothing-remains", { remove: ["car", "road", "sky"] }, /nothing remains/],
  ])("%s: %o", async (code, knobs, message) => {
    await expect(plan(knobs)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it("is not the released code's", async () => {
    const settings = resolveMethod(model, { compat: "fatezero" });
    const planned = planEdit(model, { prompt: SOURCE, steps: 10, settings }, { remove: ["car"] });
    await expect(planned).rejects.toMatchObject({ code: "own-target" });
  });
});

describe("an enhancement", async () => {
  const real = await openPlanningModel();
  const enhance = (prompt: string, knobs: EditKnobs = {}) =>
    planEdit(real, { prompt, steps: 10 }, { enhance: true, ...knobs });

  it("adds words of quality that the prompt lacks, and keeps the structure", async () => {
    const planned = await enhance("a red car, sharp focus.");
    expect(planned.plan.target.text).toBe("a red car, sharp focus, highly detailed, high quality");
    expect(planned).toMatchObject({ preset: "enhance", hasMask: false, removes: null });
    expect(planned.settings.maskThreshold).toBe(1);
  });

  it("takes other values where they are named", async () => {
    expect((await enhance("a red car", { preset: "attribute" })).preset).toBe("attribute");
  });

  it("has nothing to say to a model that knows none of its words, and takes no target", async () => {
    await expect(plan({ enhance: true })).rejects.toMatchObject({ code: "no-quality-words" });
    await expect(enhance("a car", { prompt: "a bus" })).rejects.toMatchObject({ code: "own-target" });
  });
});

test("an edit that makes no target needs one", async () => {
  await expect(plan({})).rejects.toMatchObject({ code: "prompt-missing" });
});
