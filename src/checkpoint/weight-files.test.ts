import { expect, test } from "vitest";
import { chooseWeights, DIFFUSION_STEM, TEXT_STEM } from "./weight-files.ts";

const choose = (names: string[], wanted?: "fp16", stem = DIFFUSION_STEM) => {
  const choice = chooseWeights(new Set(names), stem, wanted);
  return choice && [choice.file, choice.isIndex, choice.variant];
};
const stem = "diffusion_pytorch_model";
const all = [`${stem}.bin`, `${stem}.fp16.bin`, `${stem}.fp16.safetensors`, `${stem}.safetensors`];

test("full safetensors come first, half ones on request", () => {
  expect(choose(all)).toEqual([`${stem}.safetensors`, false, undefined]);
  expect(choose(all, "fp16")).toEqual([`${stem}.fp16.safetensors`, false, "fp16"]);
});

test("what is there is taken, and its variant told", () => {
  expect(choose([`${stem}.fp16.safetensors`])).toEqual([`${stem}.fp16.safetensors`, false, "fp16"]);
  expect(choose([`${stem}.safetensors`], "fp16")).toEqual([`${stem}.safetensors`, false, undefined]);
  expect(choose([`${stem}.bin`, `${stem}.fp16.safetensors`])).toEqual([
    `${stem}.fp16.safetensors`,
    false,
    "fp16",
  ]);
  expect(choose([`${stem}.bin`])).toEqual([`${stem}.bin`, false, undefined]);
  expect(choose([`${stem}.non_ema.safetensors`, "config.json"])).toBeNull();
});

test("shards are found by their index, whatever the place of the variant", () => {
  const index = `${stem}.safetensors.index.json`;
  expect(choose([index])).toEqual([index, true, undefined]);
  for (const name of [`${stem}.safetensors.index.fp16.json`, `${stem}.fp16.safetensors.index.json`])
    expect(choose([name])).toEqual([name, true, "fp16"]);
});

test("a text encoder's weights have other names", () => {
  expect(choose(["pytorch_model.bin", "model.safetensors"], undefined, TEXT_STEM)).toEqual([
    "model.safetensors",
    false,
    undefined,
  ]);
  expect(choose(["pytorch_model.bin"], undefined, TEXT_STEM)).toEqual([
    "pytorch_model.bin",
    false,
    undefined,
  ]);
});
