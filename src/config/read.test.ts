import { describe, expect, test } from "vitest";
import type { FateZeroError } from "../errors.ts";
import { readConfig } from "./read.ts";
import { configText } from "./write.ts";

/** A config that is as short as can be, with some lines more. */
const LEAST = `
dataset_config: {path: frames, prompt: a silver jeep}
editing_config:
  editing_prompts: [a Porsche car]
  p2p_config: {0: {cross_replace_steps: {default_: 0.8}, self_replace_steps: 0.6}}
`;
const least = (more = "") => readConfig(LEAST + more, "least.yaml");

function faultOf(text: string): FateZeroError {
  try {
    readConfig(text, "a.yaml");
  } catch (error) {
    return error as FateZeroError;
  }
  throw new Error("nothing was thrown");
}

describe("masks by hand", () => {
  test("are read and written where a config leaves the released code's mode", () => {
    const { config } = least("fatezero: {compat: false, mask: car.png, mask_mode: add, protect: face.mp4}");
    expect(config.masks).toEqual({ mask: "car.png", maskMode: "add", protect: "face.mp4" });
    expect(readConfig(configText(config, "again"), "again.yaml").config).toEqual(config);
    expect(least("fatezero: {compat: false}").config).not.toHaveProperty("masks");
  });

  test("are refused in that mode, and a mode without a mask, with their lines", () => {
    const released = faultOf(`${LEAST}fatezero: {mask: car.png}`);
    expect(released).toMatchObject({
      code: "config-value",
      message: expect.stringMatching(/line \d+: fatezero\.mask has/),
    });
    const alone = faultOf(`${LEAST}fatezero: {compat: false, mask_mode: cut, protect: face.png}`);
    expect(alone).toMatchObject({
      code: "config-value",
      message: expect.stringContaining("mask_mode has no effect"),
    });
    expect(faultOf(`${LEAST}fatezero: {compat: false, mask: a.png, mask_mode: and}`).code).toBe(
      "config-value",
    );
  });
});

describe("readConfig", () => {
  test("takes the released code's defaults for what is absent", () => {
    expect(least().config).toEqual({
      clip: { path: "frames", prompt: "a silver jeep", start: 0, stride: 1, frames: 8 },
      method: { steps: 20, compat: "fatezero", leastChannels: 0 },
      edits: [
        {
          knobs: {
            prompt: "a Porsche car",
            guidance: 7,
            crossSteps: [["default_", 0.8]],
            selfSteps: 0.6,
            align: "replace",
            amplify: [],
            maskWords: "none",
            maskThreshold: 0.3,
            maskSelfAttention: false,
            latentBlend: false,
          },
          warnings: [],
        },
      ],
      audio: true,
    });
  });

  test("and this program's where compat is switched off", () => {
    const { config } = least("fatezero: {compat: false, negative: night, preset: shape, strength: 0.7}");
    expect(config.method).toEqual({ steps: 50, compat: null, leastChannels: 0 });
    expect(config.clip.frames).toBeUndefined();
    expect(config.edits[0]!.knobs).toEqual({
      prompt: "a Porsche car",
      crossSteps: [["default_", 0.8]],
      selfSteps: 0.6,
      negative: "night",
      preset: "shape",
      strength: 0.7,
    });
  });

  test("reads what a Python programmer writes: 1 for 1.0, None, yes, 1_000, a list of entries", () => {
    const { config } = readConfig(
      `
dataset_config: {path: f, prompt: a jeep, n_sample_frame: -1, image_size: 1_000, offset: None}
editing_config:
  editing_prompts: [a car]
  use_inversion_attention: on
  p2p_config: [{cross_replace_steps: 1, self_replace_steps: 1, is_replace_controller: no, blend_words: None}]
model_config: None
`,
      "python.yaml",
    );
    expect(config.clip).toEqual({ path: "f", prompt: "a jeep", start: 0, stride: 1, size: 1000 });
    // An integer raises a TypeError in the released code.
    expect(config.edits[0]!.knobs).toMatchObject({ crossSteps: 1, selfSteps: 1, align: "refine" });
  });

  test("reads the names of the first versions", () => {
    const { config, warnings } = readConfig(
      `
train_dataset: {path: f, prompt: a jeep, n_sample_frame: 3}
validation_sample_logger_config:
  prompts: [a car]
  use_train_latents: true
  clip_length: "\${..train_dataset.n_sample_frame}"
  p2p_config:
    0: {cross_replace_steps: 0.8, self_replace_steps: 0.6, blend_words: [[jeep]], masked_self_attention: True, masked_latents: True, bend_th: [0.2, 0.2]}
`,
      "first.yaml",
    );
    expect(config.clip.frames).toBe(3);
    expect(config.edits[0]!.knobs).toMatchObject({
      maskThreshold: 0.2,
      maskSelfAttention: true,
      latentBlend: true,
    });
    expect(warnings.map(({ message }) => message)).toEqual([
      '"first.yaml": these keys mean nothing here: validation_sample_logger_config.clip_length.',
    ]);
  });

  test("reads what is added to the model", () => {
    const { config } = least("fatezero: {lora: [a.safetensors, {path: b.pt, scale: 0.5}], vae: c, ema: yes}");
    expect(config.parts).toEqual({
      lora: [{ path: "a.safetensors" }, { path: "b.pt", scale: 0.5 }],
      vae: "c",
      ema: true,
    });
  });

  test("an index of a word stays an index, in its window and its factor", () => {
    const { config } = readConfig(
      LEAST.replace("{default_: 0.8}", '{default_: 0.8, 2: [0.1, 0.4], "2": 0.5}').replace(
        "self_replace_steps: 0.6",
        "self_replace_steps: 0.6, eq_params: {words: [2], values: [3]}",
      ),
      "index.yaml",
    );
    expect(config.edits[0]!.knobs.crossSteps).toEqual([
      ["default_", 0.8],
      [2, [0.1, 0.4]],
      ["2", 0.5],
    ]);
    expect(config.edits[0]!.knobs.amplify).toEqual([[2, 3]]);
  });

  test("follows references where they are used", () => {
    const { config } = readConfig(
      `${LEAST}  source_prompt: "\${dataset_config.prompt}"\n  guidance_scale: "\${.scale}"\n  scale: 3\nfatezero: {negative: "no \${..dataset_config.prompt}"}`,
      "a.yaml",
    );
    expect(config.edits[0]!.knobs).toMatchObject({ guidance: 3, negative: "no a silver jeep" });
  });

  test("names keys that nobody knows, with what was probably meant", () => {
    const { warnings } = readConfig(
      LEAST.replace("prompt: a silver jeep", "prompt: a silver jeep, n_sample_frames: 4, guidance_scale: 3")
        .replace(
          "self_replace_steps: 0.6",
          "self_replace_steps: 0.6, blend_treshold: 1, self_replace_step: 1",
        )
        .concat("colour: red\n"),
      "a.yaml",
    );
    expect(warnings).toEqual([
      {
        code: "config-unknown",
        message:
          '"a.yaml": nothing reads these keys: colour, dataset_config.n_sample_frames (did you mean n_sample_frame?), ' +
          "dataset_config.guidance_scale (it belongs in editing_config), editing_config.p2p_config.*.blend_treshold, " +
          "editing_config.p2p_config.*.self_replace_step (did you mean self_replace_steps?).",
      },
    ]);
  });

  test("names entries that no prompt has", () => {
    const text = LEAST.replace("p2p_config: {0:", "p2p_config: {1: {}, 0:");
    expect(readConfig(text, "a.yaml").warnings).toMatchObject([
      {
        message: expect.stringContaining(
          "nothing reads editing_config.p2p_config.1, as no prompt has that number",
        ),
      },
    ]);
  });

  test.each<[string, string, string, RegExp]>([
    ["no prompt", "prompt: a silver jeep", "prompt: ", /line 2: dataset_config.prompt is null/],
    [
      "no edits",
      "editing_prompts: [a Porsche car]",
      "x: 1",
      /"a.yaml": editing_config.editing_prompts is missing/,
    ],
    ["one sentence for a list", "[a Porsche car]", "a car", /line 4: .*editing_prompts is "a car".*a list/],
    [
      "a prompt that YAML takes apart",
      "[a Porsche car]",
      "[a car: red]",
      /editing_prompts.0 is a mapping.*quotes/,
    ],
    [
      "a prompt without an entry",
      "[a Porsche car]",
      "[a car, a bus]",
      /has no entry 1 for the prompt "a bus"/,
    ],
    [
      "a number that is a word",
      "path: frames",
      "path: f, sampling_rate: x",
      /sampling_rate is "x".*whole number, 1 or more/,
    ],
    ["no frames", "path: frames", "path: f, n_sample_frame: 0", /n_sample_frame is 0.*-1 for all/],
    [
      "a flag that is none",
      "  editing_prompts",
      "  use_inversion_attention: maybe\n  editing_prompts",
      /true or false/,
    ],
    ["a random crop", "path: frames", "path: f, crop: random", /nothing is cut at random/],
    [
      "the older mode",
      "  editing_prompts",
      "  use_inversion_attention: no\n  editing_prompts",
      /only that of the inversion is computed/,
    ],
    [
      "no inversion",
      "  editing_prompts",
      "  use_invertion_latents: False\n  editing_prompts",
      /begin from the inverted latents/,
    ],
    [
      "no fusion",
      "  editing_prompts",
      "  prompt2prompt_edit: False\n  editing_prompts",
      /without any of the source's attention/,
    ],
    [
      "another source",
      "  editing_prompts",
      "  source_prompt: a jeep\n  editing_prompts",
      /inverted as "a silver jeep"/,
    ],
    [
      "a section that is none",
      "dataset_config: {path: frames, prompt: a silver jeep}",
      "dataset_config: 3",
      /line 2: dataset_config is 3.*mapping/,
    ],
    [
      "an entry without a window",
      ", self_replace_steps: 0.6",
      "",
      /"a.yaml", line 5: In editing_config.p2p_config.0: "self_replace_steps" .* is missing/,
    ],
    [
      "an entry that is none",
      "{cross_replace_steps: {default_: 0.8}, self_replace_steps: 0.6}",
      "0.5",
      /p2p_config.0 is 0.5/,
    ],
    [
      "a dangling reference",
      "a silver jeep",
      `"\${nope}"`,
      /line 2: "\$\{nope\}" in dataset_config.prompt leads nowhere/,
    ],
  ])("refuses %s, with its place", (_, found, replacement, message) => {
    const text = LEAST.replace(found, replacement);
    expect(text).not.toBe(LEAST);
    expect(faultOf(text).message).toMatch(message);
  });

  test.each<[string, RegExp]>([
    ["fatezero: {compact: false}", /fatezero.compact is no key of this program \(did you mean compat\?\)/],
    ["fatezero: {preset: style}", /fatezero.preset has no effect/],
    ["fatezero: {compat: no, preset: blue}", /style, attribute, shape, background/],
    ["fatezero: {compat: no, strength: 2}", /from 0 to 1/],
    ["fatezero: {mask_from: words}", /attention or difference/],
    ["fatezero: {guidance_steps: [0.2]}", /a share of the steps such as 0.8, or \[from, to\]/],
    ["fatezero: {output: a/b.mp4}", /without a folder/],
    ["fatezero: {lora: ink.safetensors}", /fatezero.lora is "ink.safetensors".*a list of files/],
    ["fatezero: {lora: [{path: a, weight: 1}]}", /fatezero.lora.0 is a mapping.*with path and scale/],
    ["fatezero: {variant: fp8}", /fp16/],
    ["fatezero: {output: contact-sheet.png}", /without a folder/],
    [
      "model_config: {SparseCausalAttention_index: [best]}",
      /line 6: SparseCausalAttention_index holds "best"/,
    ],
    ["model_config: {temporal_downsample: true}", /changes the model/],
    ["test_pipeline_config: {target: a.DDIMPipeline}", /samples and does not edit/],
    ["learning_rate: 1e-5\nediting_config2: 1", /nothing was thrown/],
  ])("refuses %s", (more, message) => {
    expect(() => {
      throw faultOf(LEAST + more);
    }).toThrow(message);
  });
});
