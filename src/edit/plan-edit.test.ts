import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadModel } from "../pipeline/index.node.ts";
import { type Model, resolveMethod } from "../pipeline/index.ts";
import { flagNames } from "../request/index.ts";
import { inWords } from "../say.ts";
import { planEdit } from "./index.ts";

const SOURCE = "a red car on a road under a blue sky";

let model: Model;

beforeAll(async () => {
  model = await loadModel("tinytown");
});

afterAll(async () => model.close());

/** The same model as if its folder had no fatezero.json: with the paper's presets. */
const plain = (): Model => ({ ...model, checkpoint: { ...model.checkpoint, settings: null } });

const plan = (used: Model, prompt: string, options: object = {}, compat?: "fatezero") =>
  planEdit(
    used,
    { prompt: SOURCE, steps: 10, settings: resolveMethod(used, compat ? { compat } : {}) },
    { prompt, ...options },
  );

const lastLine = (text: string): string => text.split("\n").at(-1)!;

describe("what a plan says of its mask", () => {
  it("names mask words where they make the mask", async () => {
    const { plan: made, hasMask, preset } = await plan(plain(), "a red bus on a road under a blue sky");
    expect([preset, hasMask]).toEqual(["shape", true]);
    expect(made.explanation.split("\n")).toEqual([
      'Replace, word for word: "car" becomes "bus".',
      'A shape edit: "bus" takes the place of "car".',
      'Mask words: "car"; in the target "bus".',
    ]);
  });

  it("says that the paper masks no attribute, and what would", async () => {
    const { plan: made, hasMask, preset } = await plan(plain(), "a blue car on a road under a blue sky");
    expect([preset, hasMask]).toEqual(["attribute", false]);
    expect(lastLine(made.explanation)).toBe(
      "No mask, by the paper's choice for attribute edits: the source's self-attention holds everywhere. Set maskThreshold 0.3 to mask \"car\".",
    );
    const masked = await plan(plain(), "a blue car on a road under a blue sky", { maskThreshold: 0.3 });
    expect(masked.hasMask).toBe(true);
    expect(lastLine(masked.plan.explanation)).toBe('Mask words: "car"; in the target "blue", "car".');
  });

  it("names none where the mask is made of the predictions, and for a style", async () => {
    const car = await plan(model, "a blue car on a road under a blue sky");
    expect(lastLine(car.plan.explanation)).toBe("The mask is where the predictions differ.");
    const style = await plan(plain(), `watercolor painting of ${SOURCE}`);
    expect(style.hasMask).toBe(false);
    expect(lastLine(style.plan.explanation)).toBe("No mask: the source's self-attention holds everywhere.");
  });

  it("has none where it is switched off, whatever the preset makes it of", async () => {
    const off = await plan(model, "a blue car on a road under a blue sky", { maskWords: "none" });
    expect([off.preset, off.hasMask, off.settings.latentBlend]).toEqual(["attribute", false, false]);
    expect(lastLine(off.plan.explanation)).toBe(
      "No mask (switched off): the source's self-attention holds everywhere.",
    );
  });

  it("is the released code's in compat, whose kind is always attribute", async () => {
    const { plan: made, preset } = await plan(model, "a red bus on a road under a blue sky", {}, "fatezero");
    expect(preset).toBe("attribute");
    expect(made.explanation).toBe(
      "Replace, word for word, as the released code does.\nNo mask: the source's self-attention holds everywhere.",
    );
  });
});

describe("prompts that ask for nothing", () => {
  it.each([
    [SOURCE, "The prompts are the same"],
    ["A red car, on a road under the blue sky.", "The prompts differ in nothing that shows"],
  ])("are a warning: %s", async (prompt, message) => {
    const { plan: made } = await plan(model, prompt);
    expect(made.warnings).toEqual([
      { code: "same-prompts", message: `${message}: the edit will look like the source.` },
    ]);
  });

  it("are none where a word is amplified", async () => {
    const { plan: made } = await plan(model, "a (red:2) car on a road under a blue sky");
    expect(made.warnings).toEqual([]);
  });

  it("are told from prompts that are not understood, with what may be named instead", async () => {
    const terms = { prompt: "running past a tree", steps: 10, settings: resolveMethod(model, {}) };
    const { plan: made } = await planEdit(model, terms, { prompt: "jumping past a tree" });
    const [warning] = made.warnings;
    expect(warning?.code).toBe("unclear-edit");
    expect(inWords(warning!.message)).toBe(
      'What changes was not understood; it is taken to be "tree". Name another with maskWords (the source names tree), and the kind of edit with preset.',
    );
    expect(inWords(warning!.message, flagNames("edit"))).toContain("Name another with --mask-words (");
    const named = await planEdit(model, terms, {
      prompt: "jumping past a tree",
      maskWords: { source: ["tree"] },
    });
    expect(named.plan.warnings).toEqual([]);
  });

  it("are told of a weight in the source, which is text there", async () => {
    const terms = { prompt: "a (red:2) car", steps: 10 };
    const { plan: made } = await planEdit(model, terms, { prompt: "a blue car" });
    expect(made.warnings.map(({ code }) => code)).toEqual(["source-weights"]);
  });
});

describe("what is refused", () => {
  it("a prompt that is too long, before it is read", async () => {
    const long = Array.from({ length: 20_000 }, (_, i) => `word${i}`).join(" ");
    const terms = { prompt: SOURCE, steps: 10 };
    await expect(planEdit(model, terms, { prompt: long })).rejects.toThrow("The target prompt has");
    await expect(planEdit(model, { ...terms, prompt: long }, { prompt: SOURCE })).rejects.toThrow(
      "The source prompt has",
    );
  });

  it.each([
    ["maskWords", "car"],
    ["maskWords", ["car"]],
    ["maskWords", null],
    ["maskFrom", "words"],
    ["align", "swap"],
    ["fuseLayers", true],
  ])("%s: %j", async (name, value) => {
    const options = { prompt: "a blue car", [name]: value } as never;
    await expect(planEdit(model, { prompt: SOURCE, steps: 10 }, options)).rejects.toThrow(
      `The option ${name} is ${JSON.stringify(value)}.`,
    );
  });

  it("takes the last of two weights of a word", async () => {
    const { amplify } = await plan(model, "a (blue:1.5) car on a road under a blue sky", {
      amplify: { blue: 2 },
    });
    expect(amplify).toEqual([["blue", 2]]);
  });
});
