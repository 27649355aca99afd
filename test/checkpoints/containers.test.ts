/** One model in every container that it may come in gives one edit; small random models of SD 1.x's and 2.x's rules. */
import { createHash } from "node:crypto";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openCheckpointFolder } from "../../src/checkpoint/index.node.ts";
import { bytesOfWeight } from "../../src/checkpoint/index.ts";
import { createSchedule } from "../../src/diffusion/index.ts";
import { edit, invert } from "../../src/edit/index.ts";
import { writeSafetensors } from "../../src/files/index.node.ts";
import { clipTextConfig, unetConfig, vaeConfig } from "../../src/model/index.ts";
import { loadModel, openCheckpoint } from "../../src/pipeline/index.node.ts";
import { floatTensor } from "../../src/tensor/index.ts";
import { runCli, SOURCE, TARGET } from "../cli/run-cli.ts";
import { inRepository } from "../support/fixtures.ts";
import { writeOriginal, writeOriginalCkpt } from "../support/original-file.ts";
import { writeRandomCheckpoint } from "../support/random-checkpoint.ts";
import { SMALL_SD1, SMALL_SD2 } from "../support/small-checkpoint.ts";

let root: string;
const at = (name: string): string => join(root, name);
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "fatezero-containers-"));
  for (const [name, model, scheduler] of [
    ["sd1", SMALL_SD1, {}],
    ["sd2", SMALL_SD2, { prediction_type: "v_prediction" }],
  ] as const) {
    await mkdir(at(name));
    await writeRandomCheckpoint(at(name), model, scheduler);
    const folder = await openCheckpointFolder(at(name));
    await writeOriginal(at(`${name}.safetensors`), folder);
    await writeOriginalCkpt(at(`${name}.ckpt`), folder);
  }
});
afterAll(() => rm(root, { recursive: true }));

/** Latents of a short edit of two small frames. */
async function latentsOf(name: string) {
  const model = await loadModel(at(name), { threads: 1 });
  const frames = [3, 5].map((pace) => ({
    width: 64,
    height: 64,
    data: Uint8Array.from({ length: 3 * 64 * 64 }, (_, i) => (i * pace) % 256),
  }));
  try {
    const inversion = await invert(model, { fps: 8, frames }, { prompt: SOURCE, steps: 2, size: 64 });
    return (await edit(model, inversion, { prompt: TARGET })).latents;
  } finally {
    await model.close();
  }
}

/** Weights by network and name, as their bytes; configurations but for the size, which a single file does not tell. */
async function contentOf(name: string) {
  const { unet, vae, textEncoder, scheduler } = await openCheckpoint(at(name));
  const weights = new Map<string, string>();
  for (const [part, component] of Object.entries({ unet, vae, textEncoder })) {
    for (const [key, info] of component.weights) {
      const hash = createHash("sha256").update(await bytesOfWeight(info));
      weights.set(`${part} ${key}`, `${info.dtype} [${info.shape}] ${hash.digest("hex")}`);
    }
  }
  const { sampleSize: _size, ...network } = unetConfig(unet);
  return { weights, network, vae: vaeConfig(vae), text: clipTextConfig(textEncoder), scheduler };
}

describe.each([
  ["sd1", "ckpt"],
  ["sd2", "safetensors"],
])("%s", (name, ending) => {
  it("holds the same in every container", async () => {
    const { scheduler, ...folder } = await contentOf(name);
    for (const other of ["safetensors", "ckpt"]) {
      const { scheduler: theirs, ...content } = await contentOf(`${name}.${other}`);
      expect(content).toEqual(folder);
      expect(createSchedule(theirs, 10)).toEqual(createSchedule(scheduler, 10));
    }
  });

  it(`gives the same edit as a folder and as .${ending}`, async () => {
    const expected = await latentsOf(name);
    expect(expected.data.every(Number.isFinite)).toBe(true);
    expect(await latentsOf(`${name}.${ending}`)).toBeAllclose(expected, { absolute: 0 });
  });
});

/** A LoRA on one layer of small SD 1, made so that it shows. */
async function writeLora(file: string): Promise<void> {
  const wave = (shape: number[], pace: number) => ({
    dtype: "float32" as const,
    shape,
    data: Float32Array.from({ length: shape[0]! * shape[1]! }, (_, i) => Math.sin(pace * i)),
  });
  const layer = "lora_unet_mid_block_attentions_0_transformer_blocks_0_attn2_to_v";
  await writeSafetensors(file, {
    [`${layer}.lora_down.weight`]: wave([2, 64], 1),
    [`${layer}.lora_up.weight`]: wave([64, 2], 2),
    [`${layer}.alpha`]: { dtype: "float32", shape: [], data: Float32Array.of(1) },
  });
}

describe("the command line", () => {
  const short = ["--frames", "2", "--steps", "2", "--size", "64"];
  const car = inRepository("examples/car.mp4");

  it("edits with a single file, and tells what the file does not say", async () => {
    const args = [car, ...short, "-s", SOURCE, "-t", TARGET, "--model", at("sd2.safetensors")];
    const guessed = await runCli(["edit", ...args, "-o", at("guessed.mp4")]);
    expect(guessed.stderr).toContain("sd2.safetensors does not say whether it predicts v or ε");
    expect(guessed.code).toBe(0);
    const told = await runCli(["edit", ...args, "--prediction", "v_prediction", "-o", at("told.mp4")]);
    expect(told.stderr).not.toContain("does not say");
    expect(told.code).toBe(0);
    const shown = await runCli(["show", at("told.mp4")]);
    expect(shown.stdout).toContain(`--model ${at("sd2.safetensors")} --prediction v_prediction`);
  });

  it("asks for the LoRA of an inversion, and keeps it for the edits", async () => {
    const lora = at("lora.safetensors");
    await writeLora(lora);
    const model = ["--model", at("sd1.safetensors")];
    const inverted = await runCli([
      ...["invert", car, ...short, "-s", SOURCE, ...model, "--lora", `${lora}:0.5`],
      ...["-o", at("inversion.safetensors")],
    ]);
    expect(inverted.code).toBe(0);
    const again = ["edit", at("inversion.safetensors"), "-t", TARGET, "-o", at("edited.mp4")];
    const asked = await runCli(again);
    expect(asked.code).toBe(1);
    expect(asked.stderr).toContain(`name it: --model ${at("sd1.safetensors")} --lora ${lora}:0.5`);
    const edited = await runCli([...again, ...model, "--lora", `${lora}:0.5`]);
    expect(edited.stderr).not.toContain("error");
    expect(edited.code).toBe(0);
    expect((await runCli(["show", at("edited.mp4")])).stdout).toContain(`--lora ${lora}:0.5`);

    const without = await runCli([
      ...["edit", at("inversion.safetensors"), "-t", TARGET, ...model, "-o", at("other.mp4")],
    ]);
    expect(without.stderr).toContain(`sd1.safetensors" with the LoRA ${lora} at 0.5; this is`);
    expect(without.stderr).not.toContain("verdict");
    expect(without.code).toBe(1);
  });
});

describe("what is named wrongly", () => {
  const lora = (path: string) => ({ lora: [{ path }] });
  it.each([
    ["nothing.safetensors", () => ({}), 'nothing.safetensors": no file or folder is there'],
    ["lora.safetensors", () => ({}), "is a LoRA, not a whole checkpoint. Give it by lora"],
    ["sd1.ckpt", () => lora(at("none.safetensors")), "Cannot read"],
    ["sd1", () => lora(at("sd1")), "is a folder. Name the file of weights in it"],
    ["sd1", () => lora(`${at("lora.safetensors")}:0,8`), '"0,8" is no scale for the LoRA'],
    ["sd1", () => ({ ema: true }), "is a folder, which holds one set of weights and no averages"],
    ["sd1", () => ({ vae: root }), "holds no whole VAE: it lacks its config.json or its weights. Give vae"],
    ["sd2.ckpt", () => lora(at("sd1.safetensors")), "is no LoRA: none of its"],
    ["sd1", () => ({ embeddings: [{ path: at("lora.safetensors") }] }), "is no textual-inversion embedding"],
    ["sd1", () => ({ vae: at("lora.safetensors") }), "holds no VAE"],
    ["sd1", () => ({ vae: at("none") }), "There is no VAE"],
  ])("is said: %s %o", async (name, parts, message) => {
    await writeLora(at("lora.safetensors"));
    await expect(async () => loadModel(at(name), parts())).rejects.toThrow(message);
  });
});

it.each([
  ["pointer.ckpt", "version https://git-lfs.github.com/spec/v1\noid sha256:1", "it is a pointer of git LFS"],
  ["page.bin", "<!DOCTYPE html><html></html>", "it is a web page"],
  ["nothing.pt", "", "it is empty"],
  ["text.ckpt", "root:x:0:0", "it is neither a .safetensors file nor one of PyTorch"],
])("a file that is no weights is told as what it is: %s", async (name, content, message) => {
  await writeFile(at(name), content);
  await expect(loadModel(at(name))).rejects.toThrow(message);
});

it.each(["sd1", "sd1.ckpt"])("a variant that a model has not is told: %s", async (name) => {
  const { checkpoint } = await loadModel(at(name), { variant: "fp16" });
  expect(checkpoint.notes).toEqual([
    {
      code: "no-variant",
      message: `${at(name)} has no fp16 weights for unet, vae, text encoder: what it has is taken.`,
    },
  ]);
  expect((await loadModel(at(name))).checkpoint.notes).toBeUndefined();
});

it("tells models apart by a few bytes amid their weights", async () => {
  const fingerprint = async (): Promise<string> => (await loadModel(at("changed.ckpt"))).fingerprint;
  await cp(at("sd1.ckpt"), at("changed.ckpt"));
  const before = await fingerprint();
  expect(await fingerprint()).toBe(before);
  const bytes = await readFile(at("changed.ckpt"));
  bytes[Math.floor(bytes.length / 2)]! ^= 1;
  await writeFile(at("changed.ckpt"), bytes);
  expect(await fingerprint()).not.toBe(before);
});

it("a text encoder that reads other tokens than CLIP's needs its folder", async () => {
  const folder = await openCheckpointFolder(at("sd1"));
  const few = floatTensor([100, 64]);
  await writeOriginal(at("few.safetensors"), folder, (tensors) => {
    const name = "cond_stage_model.transformer.text_model.embeddings.token_embedding.weight";
    tensors[name] = { dtype: "float32", shape: few.shape, data: few.data };
  });
  await expect(loadModel(at("few.safetensors"))).rejects.toThrow("a text encoder of 100 tokens");
});
