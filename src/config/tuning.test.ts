import { describe, expect, test } from "vitest";
import { readConfig } from "./read.ts";
import { configText } from "./write.ts";

const CLIP = "dataset_config: {path: frames, prompt: a silver jeep}\n";
const PROMPTS = "editing_config: {editing_prompts: [a Porsche car, a bus]}\n";
const TRAINER = "trainer_pipeline_config: {target: video_diffusion.trainer.ddpm_trainer.DDPMTrainer}\n";
const LEAST = CLIP + PROMPTS + TRAINER;

const read = (text: string) => readConfig(text, "tune.yaml");
const tuned = (more: string) => read(LEAST + more).config.tuning!;

describe("a config for tuning", () => {
  test("takes the released code's defaults for what is absent", () => {
    const { config } = read(LEAST);
    expect(config).toEqual({
      tuning: {
        steps: 300,
        learningRate: 3e-5,
        temporalConv: false,
        seed: 0,
        recompute: false,
        maxGradNorm: 1,
        adam: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 },
        compat: "fatezero",
      },
      clip: { path: "frames", prompt: "a silver jeep", start: 0, stride: 1, frames: 8, crop: "center" },
      method: { steps: 20, compat: null, leastChannels: 0, attend: [-1, "first"] },
      edits: [
        { knobs: { prompt: "a Porsche car", guidance: 7 }, warnings: [] },
        { knobs: { prompt: "a bus", guidance: 7 }, warnings: [] },
      ],
      audio: true,
    });
  });

  test("says every number of its own", () => {
    const given = tuned(
      "train_steps: 1_000\nlearning_rate: 2e-4\ntrain_temporal_conv: yes\nseed: 7\ngradient_checkpointing: on\n" +
        "max_grad_norm: 0.5\nadam_beta1: 0\nadam_beta2: 0.99\nadam_epsilon: 1e-6\nadam_weight_decay: 0\n" +
        "trainable_modules: [attn1.to_q, attn_temporal]\nmodel_config: {lora: 4}\n" +
        "train_batch_size: 1\ngradient_accumulation_steps: 1\nlr_scheduler: constant\nprior_preservation: null\n",
    );
    expect(given).toEqual({
      steps: 1000,
      learningRate: 2e-4,
      train: ["attn1.to_q", "attn_temporal"],
      temporalConv: true,
      rank: 4,
      seed: 7,
      recompute: true,
      maxGradNorm: 0.5,
      adam: { beta1: 0, beta2: 0.99, epsilon: 1e-6, weightDecay: 0 },
      compat: "fatezero",
    });
  });

  test("a single module's name is a list of one, None is what is absent", () => {
    expect(tuned("trainable_modules: .to_q").train).toEqual([".to_q"]);
    const none = tuned("trainable_modules: None\nmodel_config: {lora: None}\nseed: None");
    expect([none.train, none.rank, none.seed]).toEqual([undefined, undefined, 0]);
  });

  test("class images show the clip's prompt where nothing else is said", () => {
    const text = LEAST.replace("path: frames", "path: frames, class_data_root: cars");
    expect(read(text).config.tuning!.classImages).toEqual({ path: "cars", prompt: "a silver jeep" });
    const said = text.replace(
      "root: cars",
      `root: cars, class_data_prompt: "a \${dataset_config.thing}", thing: car`,
    );
    expect(read(said).config.tuning!.classImages).toEqual({ path: "cars", prompt: "a car" });
    const noRoot = LEAST.replace("path: frames", "path: frames, class_data_prompt: a car");
    expect(read(noRoot).config.tuning!.classImages).toBeUndefined();
  });

  test("names what means nothing, what is unknown, and that its prompts are edited", () => {
    const { warnings } = read(
      `${LEAST}use_8bit_adam: True\nscale_lr: no\nlr_warmup_steps: 0\nmixed_precision: fp16\ntrain_step: 3\n`,
    );
    expect(warnings).toMatchObject([
      {
        code: "config-ignored",
        message:
          '"tune.yaml": these keys mean nothing here: use_8bit_adam, scale_lr, lr_warmup_steps, mixed_precision.',
      },
      {
        code: "config-unknown",
        message: '"tune.yaml": nothing reads these keys: train_step (did you mean train_steps?).',
      },
      { code: "config-fused" },
    ]);
  });

  test("any way to sample may stand beside prompts that have no values of their own", () => {
    const { config } = read(
      CLIP +
        "editing_config: {editing_prompts: [a car], prompt2prompt_edit: False, use_inversion_attention: False}\n" +
        "test_pipeline_config: {target: a.DDIMSpatioTemporalStableDiffusionPipeline}\ntrain_steps: 5\n",
    );
    expect(config.tuning!.steps).toBe(5);
    const modes = "editing_config: {editing_prompts: [a car], use_invertion_latents: False}\n";
    expect(() => read(CLIP + modes + TRAINER)).toThrow(/line 2: .*edits begin from the inverted latents/);
  });

  test("with a p2p_config edits as that says, in the released code's mode", () => {
    const entries = "p2p_config: {0: {cross_replace_steps: 0.5, self_replace_steps: 0.6}}";
    const text = `${CLIP}editing_config: {editing_prompts: [a car], ${entries}}\n${TRAINER}`;
    const { config, warnings } = read(text);
    expect(warnings).toEqual([]);
    expect(config).toMatchObject({
      tuning: { steps: 300 },
      method: { compat: "fatezero", attend: [-1, "first"] },
      edits: [{ knobs: { crossSteps: 0.5, selfSteps: 0.6, guidance: 7, align: "replace" } }],
    });
    expect(config.clip.crop).toBeUndefined();
    expect(() => read(text.replace("[a car]", "[a car, a bus]"))).toThrow(/has no entry 1/);
    expect(() => read(`${text}test_pipeline_config: {target: a.DDIMPipeline}`)).toThrow(/does not edit/);
  });

  test("takes this program's knobs, defaults and compat where it asks for them", () => {
    const own = read(`${LEAST}fatezero: {compat: false, preset: shape}`).config;
    expect([own.method.steps, own.tuning!.compat]).toEqual([50, null]);
    expect([own.clip.frames, own.clip.crop]).toEqual([undefined, undefined]);
    expect(own.edits[0]!.knobs).toEqual({ prompt: "a Porsche car", preset: "shape" });
    const preset = read(`${LEAST}fatezero: {preset: shape}`).config;
    expect(preset.edits[1]!.knobs).toEqual({ prompt: "a bus", guidance: 7, preset: "shape" });
    expect(read(`${LEAST}fatezero: {compat: true}`).config.method.compat).toBe("fatezero");
    const attend = read(`${LEAST}model_config: {SparseCausalAttention_index: [mid]}`).config.method.attend;
    expect(attend).toEqual(["mid"]);
    const offset = LEAST.replace("path: frames", "path: frames, offset: {left: 3}");
    expect(read(offset).config.clip.crop).toBe("3,0,0,0");
  });

  test("its edits are written without the tuning: the model that they name is tuned already", () => {
    const { config } = read(LEAST);
    const again = readConfig(configText({ ...config, model: "tuned" }, "of a prompt"), "again.yaml");
    expect(again.warnings).toEqual([]);
    const { tuning: _, ...others } = config;
    expect(again.config).toEqual({ ...others, model: "tuned" });
  });
});

describe("an editing config", () => {
  const EDITS = `${CLIP}editing_config: {editing_prompts: [a car], p2p_config: {0: {cross_replace_steps: 0.5, self_replace_steps: 0.6}}}\n`;

  test("tunes nothing by leftovers, whatever they say", () => {
    const { config, warnings } = read(
      `${EDITS}train_steps: many\nlr_scheduler: cosine\nseed: -1\nmodel_config: {lora: 160}`,
    );
    expect(config.tuning).toBeUndefined();
    expect(config.method.attend).toBeUndefined();
    expect(warnings).toMatchObject([
      { message: expect.stringContaining("train_steps, lr_scheduler, seed, model_config.lora.") },
    ]);
  });
});

test.each<[string, RegExp]>([
  ["train_steps: 0", /"tune.yaml", line 4: train_steps is 0.*whole number, from 1 to/],
  ["train_steps: 2.5", /train_steps is 2.5/],
  ["train_steps: [1]", /train_steps is \[1\]/],
  ["learning_rate: 0", /learning_rate is 0.*above 0/],
  ["learning_rate: 3", /learning_rate is 3/],
  ["train_steps: 1e9", /train_steps is 1000000000/],
  ["learning_rate: -1e-5", /learning_rate is -0.00001/],
  ["learning_rate: .inf", /learning_rate is/],
  ["learning_rate: fast", /learning_rate is "fast"/],
  ["seed: -1", /seed is -1/],
  ["seed: 4294967296", /seed is 4294967296/],
  ["adam_beta1: 1", /adam_beta1 is 1.*below 1/],
  ["adam_beta2: 1.5", /adam_beta2 is 1.5/],
  ["adam_epsilon: -1", /adam_epsilon is -1/],
  ["max_grad_norm: 0", /max_grad_norm is 0/],
  ["train_temporal_conv: some", /train_temporal_conv is "some".*true or false/],
  ["trainable_modules: []", /trainable_modules is \[\].*a list of/],
  ["trainable_modules: [1]", /trainable_modules is \[1\]/],
  ["trainable_modules: {a: b}", /trainable_modules is a mapping/],
  ["model_config: {lora: 0}", /line 4: model_config.lora is 0/],
  ["model_config: {lora: 10000}", /model_config.lora is 10000/],
  ["fatezero: {output: tuned.mp4}", /fatezero.output is "tuned.mp4", and tuned is what/],
  ["fatezero: {output: Tuned}", /fatezero.output is "Tuned"/],
  ["model_config: {lora: 1.5}", /model_config.lora is 1.5/],
  ["lr_scheduler: cosine", /line 4: lr_scheduler is "cosine", and the learning rate stays the same/],
  ["train_batch_size: 2", /line 4: train_batch_size is 2, but every step takes the one clip/],
  ["gradient_accumulation_steps: 4", /gradient_accumulation_steps is 4, but every step moves/],
  ["prior_preservation: 1.0", /prior_preservation is set/],
])("refuses %s, with its place", (line, message) => {
  expect(() => read(LEAST + line)).toThrow(message);
});

test.each<[string, string, RegExp]>([
  ["DDPMTrainer", "DreamboothTrainer", /line 3: .*DreamboothTrainer, and only/],
  ["{target: video_diffusion.trainer.ddpm_trainer.DDPMTrainer}", "3", /line 3: trainer_pipeline_config is 3/],
  ["path: frames", "path: f, class_data_root: 3", /line 1: dataset_config.class_data_root is 3/],
  ["path: frames", 'path: f, class_data_root: c, class_data_prompt: " "', /class_data_prompt is " "/],
  [PROMPTS, "", /editing_config.editing_prompts is missing/],
])("refuses %s as %s", (found, replacement, message) => {
  expect(() => read(LEAST.replace(found, replacement))).toThrow(message);
});
