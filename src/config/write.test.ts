import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { fixture } from "../../test/support/fixtures.ts";
import { readConfig } from "./read.ts";
import type { RunConfig } from "./types.ts";
import { configText } from "./write.ts";

const RELEASED = JSON.parse(readFileSync(fixture("released/configs.json"), "utf8")) as Readonly<
  Record<string, unknown>
>;
const again = (config: RunConfig): RunConfig =>
  readConfig(configText(config, "a comment"), "again.yaml").config;

/** Without what is only said of a file. */
const quiet = (config: RunConfig): RunConfig => ({
  ...config,
  edits: config.edits.map(({ knobs }) => ({ knobs, warnings: [] })),
});

const OWN: RunConfig = {
  model: "tinytown",
  parts: {
    lora: [{ path: "ink.safetensors", scale: 0.8 }, { path: "b.pt" }],
    embeddings: [{ path: "cat.pt", word: "my-cat" }],
    vae: "stabilityai/sd-vae-ft-mse",
    variant: "fp16",
    prediction: "v_prediction",
    ema: true,
  },
  clip: {
    path: "car.mp4",
    prompt: "a red car",
    start: 3,
    stride: 2,
    frames: 4,
    crop: "16:9",
    size: 96,
    fps: 7.5,
    to: "0:12",
    background: "#ff0000",
    deinterlace: "off",
  },
  method: { steps: 7, compat: null, attend: [-1, "first"], leastChannels: 0 },
  edits: [
    {
      knobs: {
        prompt: "a (blue:1.5) car",
        crossSteps: [
          ["default_", 0.7],
          ["2", 0.1],
          [2, [0, 0.5]],
          ["true", 1e-7],
        ],
        selfSteps: [0.1, 0.8],
        amplify: [["1.5", 2]],
        maskWords: "none",
        maskThreshold: 0.3,
        maskSelfAttention: false,
        latentBlend: false,
        guidance: 2.5,
        negative: "None of it",
        preset: "attribute",
        maskFrom: "difference",
      },
      warnings: [],
    },
  ],
  output: "blue.webm",
  audio: false,
};

describe("configText", () => {
  test.each(Object.keys(RELEASED).filter((name) => !name.startsWith("tune/")))(
    "%s is read as it was",
    (name) => {
      const { config } = readConfig(stringify(RELEASED[name]), name);
      const text = configText(config, "a comment");
      const read = readConfig(text, name);
      expect(quiet(read.config)).toEqual(quiet(config));
      expect(read.warnings).toEqual([]);
    },
  );

  test("says what the authors' keys cannot say in one mapping", () => {
    expect(again(OWN)).toEqual(OWN);
    const text = configText(OWN, "one\ntwo");
    expect(text).toMatch(/^# one\n# two\n\npretrained_model_path: tinytown\n/);
    expect(text).toContain("SparseCausalAttention_index: [-1, first]\n");
    expect(text).toMatch(/\nfatezero:\n {2}compat: false\n {2}size: 96\n/);
  });

  test("has no such mapping where they say it all", () => {
    const { config } = readConfig(stringify(RELEASED["shape/jeep_posche.yaml"]), "a.yaml");
    expect(configText(config, "")).not.toContain("fatezero");
  });

  test("masks that were found, named, and switched off stay so in both modes", () => {
    for (const compat of ["fatezero", null] as const) {
      for (const maskWords of [undefined, "none", { source: ["car"], target: [] }] as const) {
        const knobs = { prompt: "b", crossSteps: 0.5, selfSteps: 0.5, ...(maskWords ? { maskWords } : {}) };
        const config: RunConfig = {
          ...OWN,
          method: { ...OWN.method, compat },
          edits: [{ knobs, warnings: [] }],
        };
        const read = again(config).edits[0]!.knobs;
        // In compat mode no words are no mask.
        expect(read.maskWords).toEqual(maskWords ?? (compat ? "none" : undefined));
        if (compat) expect(read.maskSelfAttention).toBe(typeof maskWords === "object");
      }
    }
  });

  test("prompts come back whatever they are", () => {
    const words = fc.constantFrom(
      "a",
      "car",
      "no",
      "1",
      ":",
      "#",
      `\${a.b}`,
      "\\",
      "'",
      '"',
      "\n",
      "  ",
      "~",
      "[",
      "null",
    );
    const prompt = fc.array(words, { minLength: 1 }).map((list) => list.join(" "));
    fc.assert(
      fc.property(
        prompt.filter((text) => text.trim() !== ""),
        (text) => {
          const config = {
            ...OWN,
            clip: { ...OWN.clip, prompt: text },
            edits: [{ ...OWN.edits[0]!, knobs: { ...OWN.edits[0]!.knobs, prompt: text } }],
          };
          expect(again(config)).toEqual(config);
        },
      ),
    );
  });
});
