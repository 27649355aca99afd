import { describe, expect, test } from "vitest";
import { hasDiffusersLayout, selectFiles, singleFiles } from "./select.ts";

const CONFIGS = ["unet/config.json", "vae/config.json", "text_encoder/config.json"];
const TOKENIZER = ["tokenizer/vocab.json", "tokenizer/merges.txt"];
const SMALL = [...CONFIGS, "scheduler/scheduler_config.json", ...TOKENIZER];
const UNET = "unet/diffusion_pytorch_model";
const VAE = "vae/diffusion_pytorch_model";
const TEXT = "text_encoder/model";
const SAFE = [`${UNET}.safetensors`, `${VAE}.safetensors`, `${TEXT}.safetensors`];
const BINS = [`${UNET}.bin`, `${VAE}.bin`, "text_encoder/pytorch_model.bin"];
const HALF = [`${UNET}.fp16.safetensors`, `${VAE}.fp16.safetensors`, `${TEXT}.fp16.safetensors`];
/** As of CompVis/stable-diffusion-v1-4: what is not needed. */
const REST = [
  ".gitattributes",
  "README.md",
  "feature_extractor/preprocessor_config.json",
  "safety_checker/config.json",
  "safety_checker/model.safetensors",
  "safety_checker/pytorch_model.bin",
  "text_encoder/flax_model.msgpack",
  "text_encoder/model.onnx",
  "unet/diffusion_flax_model.msgpack",
  "unet/diffusion_pytorch_model.non_ema.safetensors",
  "v1-5-pruned.ckpt",
  "v1-5-pruned.safetensors",
];

const pipeline = (paths: readonly string[], variant?: "fp16") => selectFiles(paths, "pipeline", variant);

describe("of a repository is needed", () => {
  test.each<[string, readonly string[], "fp16" | undefined, readonly string[]]>([
    ["safetensors before bin", [...SAFE, ...BINS, ...HALF], undefined, SAFE],
    ["the variant that is asked for", [...SAFE, ...BINS, ...HALF], "fp16", HALF],
    ["what there is, without it", SAFE, "fp16", SAFE],
    ["the variant alone, unasked, where there is nothing else", HALF, undefined, HALF],
    ["bin where there are no safetensors", BINS, undefined, BINS],
    ["bin for one network only", [SAFE[0]!, SAFE[1]!, BINS[2]!], undefined, [SAFE[0]!, SAFE[1]!, BINS[2]!]],
  ])("%s", (_, weights, variant, expected) => {
    const selection = pipeline([...SMALL, ...REST, ...weights], variant);
    expect(selection).toMatchObject({ small: SMALL, weights: expected, missing: [] });
    expect(selection.otherVariant.length > 0).toBe((variant === "fp16") !== (expected === HALF));
  });

  test("all shards of a network, and their index with the small files", () => {
    const shards = [`${UNET}-00001-of-00002.safetensors`, `${UNET}-00002-of-00002.safetensors`];
    const index = `${UNET}.safetensors.index.json`;
    const others = [`${UNET}.fp16-00001-of-00002.safetensors`, ...SAFE.slice(1)];
    const whole = pipeline([...SMALL, ...others, index, ...shards]);
    expect(whole.weights).toEqual([...shards, ...SAFE.slice(1)]);
    expect(whole.small).toContain(index);
    const cut = pipeline([...SMALL, ...others, index, shards[1]!]);
    expect(cut.missing).toEqual([`weights ${UNET}.safetensors`]);
  });

  test("shards of a variant, by both of the names that they were given", () => {
    const named = (shard: (n: number) => string, index: string) => {
      const shards = [1, 2].map(shard);
      return pipeline([...SMALL, ...HALF.slice(1), index, ...shards], "fp16").weights.slice(0, 2);
    };
    expect(
      named((n) => `${UNET}.fp16-0000${n}-of-00002.safetensors`, `${UNET}.safetensors.index.fp16.json`),
    ).toHaveLength(2);
    expect(
      named((n) => `${UNET}-0000${n}-of-00002.fp16.safetensors`, `${UNET}.fp16.safetensors.index.json`),
    ).toHaveLength(2);
  });

  test("one of the tokenizer's two forms", () => {
    const rest = [...SMALL.filter((path) => !TOKENIZER.includes(path)), ...SAFE];
    const joint = "tokenizer/tokenizer.json";
    expect(pipeline([...rest, ...TOKENIZER, joint]).small).not.toContain(joint);
    expect(pipeline([...rest, joint]).small).toContain(joint);
    expect(pipeline(rest).missing).toEqual([]);
    expect(pipeline([...rest, TOKENIZER[0]!]).missing).toEqual([TOKENIZER[1]]);
  });

  test("its optional files where it has them", () => {
    const optional = ["model_index.json", "tokenizer/tokenizer_config.json", "fatezero.json"];
    expect(pipeline([...SMALL, ...optional, ...SAFE]).small).toEqual([...SMALL, ...optional]);
  });

  test("what is missing by name", () => {
    expect(pipeline([...SMALL.slice(1), ...SAFE.slice(1)]).missing).toEqual([
      "unet/config.json",
      `weights ${UNET}.safetensors`,
    ]);
  });

  test("the VAE alone, of its own repository or a pipeline's", () => {
    const root = [
      "config.json",
      "diffusion_pytorch_model.safetensors",
      "diffusion_pytorch_model.bin",
      "README.md",
    ];
    expect(selectFiles(root, "vae")).toMatchObject({ small: [root[0]], weights: [root[1]], missing: [] });
    expect(selectFiles([...SMALL, ...SAFE], "vae")).toMatchObject({
      small: ["vae/config.json"],
      weights: [`${VAE}.safetensors`],
      missing: [],
    });
    expect(selectFiles(root.slice(1), "vae").missing).toEqual(["config.json"]);
  });
});

describe("of a CLIP is needed", () => {
  const ROOT = ["config.json", "vocab.json", "merges.txt"];
  /** As of openai/clip-vit-base-patch32. */
  const OPENAI = [
    ...[...ROOT, "preprocessor_config.json", "tokenizer_config.json", "special_tokens_map.json"],
    ...["pytorch_model.bin", "tf_model.h5", "flax_model.msgpack", "tokenizer.json", "README.md"],
  ];
  const SETTINGS = ["preprocessor_config.json", "tokenizer_config.json", "special_tokens_map.json"];

  test("its configurations, one set of weights and one form of the tokenizer", () => {
    const bin = selectFiles(OPENAI, "clip");
    expect(bin).toMatchObject({ small: [...ROOT, ...SETTINGS], weights: ["pytorch_model.bin"], missing: [] });
    expect(selectFiles([...OPENAI, "model.safetensors"], "clip").weights).toEqual(["model.safetensors"]);
    const joint = selectFiles(["config.json", "tokenizer.json", "model.safetensors"], "clip");
    expect(joint).toMatchObject({ small: ["config.json", "tokenizer.json"], missing: [] });
    const bare = selectFiles(["config.json", "model.safetensors", "README.md"], "clip");
    expect(bare).toMatchObject({ small: ["config.json"], missing: [] });
  });

  test("the words of the pipeline that it stands in, where it brings none", () => {
    const clip = ["clip/config.json", "clip/model.safetensors", "clip/preprocessor_config.json"];
    const around = [...SMALL, ...SAFE, "tokenizer/tokenizer_config.json"];
    expect(selectFiles([...clip, ...around], "clip")).toEqual({
      small: [clip[0], ...TOKENIZER, clip[2], "tokenizer/tokenizer_config.json"],
      weights: [clip[1]],
      missing: [],
      otherVariant: [],
    });
    const own = ["clip/vocab.json", "clip/merges.txt"];
    expect(selectFiles([...clip, ...own, ...around], "clip").small).toEqual([clip[0], ...own, clip[2]]);
  });

  test("what is missing by name", () => {
    expect(selectFiles([...SMALL, ...SAFE], "clip").missing).toEqual([
      "config.json",
      "weights model.safetensors",
    ]);
    expect(selectFiles(["config.json", "vocab.json", "model.safetensors"], "clip").missing).toEqual([
      "merges.txt",
    ]);
  });
});

test("a repository of single files is told from one in the diffusers layout", () => {
  expect(hasDiffusersLayout(new Set(REST))).toBe(false);
  expect(hasDiffusersLayout(new Set(CONFIGS))).toBe(true);
  expect(singleFiles(REST)).toEqual(["v1-5-pruned.ckpt", "v1-5-pruned.safetensors"]);
});
