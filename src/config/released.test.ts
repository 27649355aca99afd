/** The authors' own files, and files of their shape: every key has a meaning or a reason. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { fixture } from "../../test/support/fixtures.ts";
import { buildEditPlan, createTokenizer } from "../prompt/index.ts";
import { readConfig } from "./read.ts";

/** The authors' configs: 27 files as JSON, their references kept. */
const RELEASED = JSON.parse(readFileSync(fixture("released/configs.json"), "utf8")) as Readonly<
  Record<string, unknown>
>;
const names = Object.keys(RELEASED);
const tuning = names.filter((name) => name.startsWith("tune/"));
const editing = names.filter((name) => !name.startsWith("tune/"));

const released = (name: string) => readConfig(stringify(RELEASED[name]), name);
const shaped = (name: string) => readConfig(readFileSync(fixture(`released/${name}`), "utf8"), name);

describe("the authors' 27 configs", () => {
  test.each(editing)("%s is read, with no key that nobody knows", (name) => {
    const { config, warnings } = released(name);
    expect(warnings.map(({ code }) => code)).toEqual(["config-ignored"]);
    expect(config.tuning).toBeUndefined();
    expect(config).toMatchObject({ method: { compat: "fatezero" }, clip: { start: expect.any(Number) } });
    const { editing_prompts } = (RELEASED[name] as { editing_config: { editing_prompts: string[] } })
      .editing_config;
    expect(config.edits.map(({ knobs }) => knobs.prompt)).toEqual(editing_prompts);
    expect(config.clip.frames).toBe(name === "style/surf_ukiyo.yaml" ? 1 : name.includes("train_") ? 32 : 8);
  });

  test.each(tuning)(
    "%s tunes what it says, then edits by its prompts with settings of this program's",
    (name) => {
      const { config, warnings } = released(name);
      const { rank, classImages, ...others } = config.tuning!;
      expect(others).toEqual({
        steps: 1000,
        learningRate: 1e-5,
        temporalConv: true,
        seed: 74831,
        compat: "fatezero",
        recompute: true,
        maxGradNorm: 1,
        adam: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 },
      });
      expect(rank).toBe(name === "tune/man_skate.yaml" ? 16 : 160);
      const classes: Readonly<Record<string, object>> = {
        "tune/jeep.yaml": { path: "data/negative_reg/car", prompt: "a photo of a car" },
        "tune/swan.yaml": { path: "data/negative_reg/bird", prompt: "a photo of a bird" },
      };
      expect(classImages).toEqual(classes[name]);
      expect(config.method).toEqual({ steps: 50, compat: null, leastChannels: 0, attend: [-1, "first"] });
      // The square of 512 that the authors tune on.
      expect(config.clip).toMatchObject({ frames: 8, crop: "center", start: 0, stride: 1 });
      const { editing_prompts } = (RELEASED[name] as { editing_config: { editing_prompts: string[] } })
        .editing_config;
      expect(config.edits).toEqual(
        editing_prompts.map((prompt) => ({ knobs: { prompt, guidance: 7.5 }, warnings: [] })),
      );
      expect(warnings).toEqual([
        {
          code: "config-ignored",
          message:
            `"${name}": these keys mean nothing here: enable_xformers, mixed_precision, validation_steps, checkpointing_steps, ` +
            "dataset_config.stride, editing_config.clip_length, editing_config.sample_seeds, editing_config.strength.",
        },
        { code: "config-fused", message: expect.stringContaining("samples the prompts") },
      ]);
    },
  );

  test("guidance is 7 where a config is silent (jeep_posche_local_latent_blend)", () => {
    const { config } = released("teaser/jeep_posche_local_latent_blend.yaml");
    expect(config.edits[0]!.knobs).toEqual({
      prompt: "a Porsche car driving down a curvy road in the countryside",
      guidance: 7,
      crossSteps: [["default_", 0.5]],
      selfSteps: 0.5,
      align: "replace",
      amplify: [],
      maskWords: { source: ["silver", "jeep"], target: ["Porsche", "car"] },
      maskThreshold: 0.3,
      maskSelfAttention: true,
      latentBlend: true,
    });
    // The source keeps the comma that its quotes hold.
    expect(config.clip.prompt).toBe("a silver jeep driving down a curvy road in the countryside,");
    expect(config.model).toBe("./ckpt/jeep_tuned_200");
    expect(config.method).toEqual({ steps: 50, compat: "fatezero", leastChannels: 0 });
  });

  test("frames, attention and a threshold of 2 (lily_monet, swan_swa)", () => {
    const lily = released("style/lily_monet.yaml").config;
    expect(lily.clip).toEqual({
      path: "data/style/red_water_lily_opening",
      prompt: "a pink water lily",
      start: 1,
      stride: 20,
      frames: 8,
    });
    expect(lily.method).toEqual({ steps: 50, compat: "fatezero", leastChannels: 1280, attend: ["mid"] });
    const [first] = released("attribute/bus_gpu.yaml").config.edits;
    expect(first!.knobs).toMatchObject({
      maskWords: { source: ["cat"], target: ["cat"] },
      maskThreshold: 2,
      maskSelfAttention: true,
      latentBlend: false,
    });
  });

  test("blends without words are off, and told (jeep_watercolor)", () => {
    const [first] = released("teaser/jeep_watercolor.yaml").config.edits;
    expect(first).toMatchObject({
      knobs: { maskWords: "none", maskSelfAttention: false },
      warnings: [{ code: "blend-without-words" }],
    });
  });

  test("surplus factors and missing target words (surf_ukiyo, man_wonder_bat_spider)", () => {
    const [, ukiyo] = released("style/surf_ukiyo.yaml").config.edits;
    expect(ukiyo).toMatchObject({
      knobs: { amplify: [["Ukiyo-e", 10]], crossSteps: [["default_", 0.9]], selfSteps: 0.9 },
      warnings: [{ code: "unequal-lists" }],
    });
    const man = released("shape/man_wonder_bat_spider.yaml").config;
    expect(man.edits[1]!.knobs.maskWords).toEqual({ source: ["man"], target: [] });
    expect(man.edits[2]!.knobs.prompt).toContain("A Spider-Man  rides");
    expect(man.model).toBe("ckpt/man_skate_250");
  });

  test("windows come out as the released code rounds them: 0.3 of 30 steps is 9 rows of 31 (swan_duck_flamingo)", () => {
    const { config } = released("shape/swan_duck_flamingo.yaml");
    const files = (name: string) => readFileSync(fixture(`clip-tokenizer/${name}`), "utf8");
    const tokenizer = createTokenizer({
      vocab: files("vocab.json"),
      merges: files("merges.txt"),
      config: files("tokenizer_config.json"),
    });
    const counts = config.edits.map(({ knobs }) => {
      const plan = buildEditPlan(tokenizer, {
        ...{ source: config.clip.prompt, target: knobs.prompt!, steps: config.method.steps },
        ...{ compat: "fatezero", crossSteps: knobs.crossSteps, selfSteps: knobs.selfSteps },
        ...{ method: knobs.align === "refine" ? "refine" : "replace", maskWords: knobs.maskWords },
      });
      return [
        plan.steps.filter(({ cross }) => cross).length,
        plan.steps.filter(({ self }) => self).length,
        plan.mask.sourceWords,
      ];
    });
    expect(counts).toEqual([
      [24, 18, []],
      [0, 15, ["swan"]],
      [9, 15, ["swan"]],
    ]);
  });
});

describe("files of the authors' shape", () => {
  test("style.yaml: leftovers of tuning do not make it one, and its dangling reference is never used", () => {
    const { config, warnings } = shaped("style.yaml");
    expect(config).toMatchObject({
      model: "./models/tinytown",
      clip: { path: "frames/car", frames: 4, stride: 2, start: 0 },
      method: { steps: 10, attend: ["mid"], leastChannels: 64 },
      edits: [
        { knobs: { selfSteps: 0.9, guidance: 7.5, maskWords: "none" } },
        {
          knobs: {
            prompt: "watercolor painting of a red car  on a road under a blue sky",
            crossSteps: [
              ["default_", 0.7],
              ["watercolor", [0, 0.4]],
            ],
            amplify: [["watercolor", 10]],
            align: "refine",
          },
        },
      ],
    });
    expect(config.clip.crop).toBeUndefined();
    expect(warnings).toEqual([
      {
        code: "config-ignored",
        message:
          '"style.yaml": these keys mean nothing here: epsilon, train_steps, seed, learning_rate, train_temporal_conv, ' +
          "guidance_scale, dataset_config.stride, editing_config.clip_length, editing_config.sample_seeds, " +
          "editing_config.val_all_frames, editing_config.p2p_config.*.use_inversion_attention, test_pipeline_config.num_inference_steps.",
      },
    ]);
  });

  test("shape.yaml: offsets become a crop, the second prompt a masked replacement", () => {
    const { config } = shaped("shape.yaml");
    expect(config.clip.crop).toBe("4,0,0,8");
    expect(config.method.attend).toBeUndefined();
    expect(config.edits[1]!.knobs).toMatchObject({
      selfSteps: [0, 0.5],
      align: "replace",
      maskWords: { source: ["car"], target: ["bus"] },
      maskSelfAttention: true,
      latentBlend: false,
    });
  });

  test("tune.yaml, with the names of the first versions", () => {
    const { config, warnings } = shaped("tune.yaml");
    expect(config.tuning).toMatchObject({
      steps: 80,
      seed: 74831,
      rank: 160,
      temporalConv: true,
      recompute: false,
    });
    expect(config.edits).toMatchObject([
      { knobs: { prompt: "a red bus on a road under a blue sky", guidance: 7.5 } },
    ]);
    expect(warnings.map(({ code }) => code)).toEqual(["config-ignored", "config-fused"]);
  });
});
