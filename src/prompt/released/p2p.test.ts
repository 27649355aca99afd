import { describe, expect, it, test } from "vitest";
import { knobsFromP2p, planOptionsFromP2p } from "./p2p.ts";

const PROMPTS = { source: "a silver jeep", target: "a Porsche car", steps: 10 };
const LEAST = { cross_replace_steps: { default_: 0.8 }, self_replace_steps: 0.6 };

describe("planOptionsFromP2p", () => {
  it("means by an absent key what the released code means", () => {
    expect(planOptionsFromP2p(LEAST, PROMPTS)).toEqual({
      options: {
        ...PROMPTS,
        compat: "fatezero",
        crossSteps: [["default_", 0.8]],
        selfSteps: 0.6,
        method: "replace",
        amplify: [],
        maskWords: "none",
      },
      blendSelfAttention: false,
      blendLatents: false,
      thresholds: [0.3, 0.3],
      useInversionAttention: true,
      warnings: [],
    });
  });

  it("reads every key", () => {
    const settings = planOptionsFromP2p(
      {
        cross_replace_steps: { default_: 0.7, Porsche: [0.1, 0.4] },
        self_replace_steps: [0, 0.5],
        is_replace_controller: false,
        eq_params: { words: ["Porsche", 2], values: [10, 2.5] },
        blend_words: [["silver", "jeep"], ["car"]],
        blend_th: [0.65, 0.3],
        blend_self_attention: true,
        blend_latents: true,
        use_inversion_attention: false,
      },
      PROMPTS,
    );
    expect(settings).toMatchObject({
      options: {
        crossSteps: [
          ["default_", 0.7],
          ["Porsche", [0.1, 0.4]],
        ],
        selfSteps: [0, 0.5],
        method: "refine",
        amplify: [
          ["Porsche", 10],
          [2, 2.5],
        ],
        maskWords: { source: ["silver", "jeep"], target: ["car"] },
      },
      blendSelfAttention: true,
      blendLatents: true,
      thresholds: [0.65, 0.3],
      useInversionAttention: false,
      warnings: [],
    });
  });

  it.each([
    [[["man"]], { source: ["man"], target: [] }],
    [["man", "woman"], { source: ["man"], target: ["woman"] }],
    [null, "none"],
    ["None", "none"],
  ])("blend_words %j", (blend_words, maskWords) => {
    expect(planOptionsFromP2p({ ...LEAST, blend_words }, PROMPTS).options.maskWords).toEqual(maskWords);
  });

  it("warns of what has no effect", () => {
    const p2p = {
      ...LEAST,
      eq_params: { words: ["Porsche"], values: [10, 10] },
      blend_self_attention: true,
      blend_th: [2, 2],
      guidance: 3,
    };
    const settings = planOptionsFromP2p(p2p, PROMPTS);
    expect(settings.warnings.map(({ code }) => code)).toEqual([
      "unknown-p2p-key",
      "blend-without-words",
      "unequal-lists",
    ]);
    expect(settings).toMatchObject({ blendSelfAttention: false, options: { amplify: [["Porsche", 10]] } });
  });

  it.each([
    [null, "p2p"],
    [{ self_replace_steps: 0.5 }, "cross_replace_steps"],
    [{ cross_replace_steps: 0.5 }, "self_replace_steps"],
    [{ ...LEAST, self_replace_steps: "0.5" }, "self_replace_steps"],
    [{ ...LEAST, cross_replace_steps: { default_: [0.1] } }, "cross_replace_steps.default_"],
    [{ ...LEAST, is_replace_controller: "yes" }, "is_replace_controller"],
    [{ ...LEAST, eq_params: { words: ["a"] } }, "eq_params.values"],
    [{ ...LEAST, eq_params: { words: [{}], values: [1] } }, "eq_params.words"],
    [{ ...LEAST, blend_words: "jeep" }, "blend_words"],
    [{ ...LEAST, blend_words: [[["jeep"]]] }, "blend_words"],
    [{ ...LEAST, blend_th: 0.3 }, "blend_th"],
  ])("refuses %j", (p2p, key) => {
    expect(() => planOptionsFromP2p(p2p, PROMPTS)).toThrow(new RegExp(`"${key}"`));
  });
});

test("a number as a key of cross_replace_steps is the index of a word", () => {
  const cross_replace_steps = new Map<unknown, unknown>([
    ["default_", 0.8],
    [2, [0.1, 0.4]],
  ]);
  expect(planOptionsFromP2p({ ...LEAST, cross_replace_steps }, PROMPTS).options.crossSteps).toEqual([
    ["default_", 0.8],
    [2, [0.1, 0.4]],
  ]);
});

describe("knobsFromP2p", () => {
  it("leaves out what an entry does not name", () => {
    expect(knobsFromP2p({})).toEqual({});
    expect(knobsFromP2p({ self_replace_steps: 0.5, blend_th: [0.4, 0.3] })).toEqual({
      selfSteps: 0.5,
      maskThreshold: 0.4,
    });
  });

  it("reads every key; null words switch the mask off", () => {
    const entry = {
      cross_replace_steps: { default_: 0.7 },
      is_replace_controller: false,
      eq_params: { words: ["car"], values: [2] },
      blend_words: null,
      blend_self_attention: false,
      blend_latents: true,
    };
    expect(knobsFromP2p(entry)).toEqual({
      crossSteps: [["default_", 0.7]],
      align: "refine",
      amplify: [["car", 2]],
      maskWords: "none",
      maskSelfAttention: false,
      latentBlend: true,
    });
    expect(knobsFromP2p({ blend_words: [["car"]] }).maskWords).toEqual({ source: ["car"], target: [] });
  });

  it("refuses what planOptionsFromP2p refuses", () => {
    expect(() => knobsFromP2p([])).toThrow("a mapping");
    expect(() => knobsFromP2p({ blend_th: 0.3 })).toThrow('"blend_th"');
  });
});
