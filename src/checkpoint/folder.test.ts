import { cp, mkdir, mkdtemp, readFile, realpath, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { inRepository } from "../../test/support/fixtures.ts";
import { writeSafetensors } from "../files/index.node.ts";
import { readSafetensors } from "../files/index.ts";
import { loadModel } from "../pipeline/index.node.ts";
import { createTokenizer } from "../prompt/index.ts";
import { floatTensor } from "../tensor/index.ts";
import { openCheckpointFolder } from "./index.node.ts";

const TINYTOWN = inRepository("models/tinytown");
let root: string;
beforeEach(async () => {
  root = join(await mkdtemp(join(tmpdir(), "fatezero-checkpoint-")), "model");
  await cp(TINYTOWN, root, { recursive: true });
});
afterEach(() => rm(join(root, ".."), { recursive: true }));

const vaeFile = () => join(root, "vae", "diffusion_pytorch_model.safetensors");

async function vaeMean(folder: string) {
  const model = await loadModel(folder, { threads: 1 });
  const graph = await model.openEncoder();
  const images = floatTensor(
    [1, 3, 32, 32],
    Float32Array.from({ length: 3072 }, (_, i) => Math.sin(i)),
  );
  const { mean } = await graph.run({ images });
  await model.close();
  return mean;
}

describe("checkpoint folders", () => {
  it("load with the VAE's old names just as with today's", async () => {
    const { tensors } = await readSafetensors(vaeFile());
    const old: Record<string, string> = {
      to_q: "query",
      to_k: "key",
      to_v: "value",
      "to_out.0": "proj_attn",
    };
    const renamed = [...tensors].map(([name, { shape, data }]) => {
      const key = name.replace(
        /(attentions\.\d+\.)(to_q|to_k|to_v|to_out\.0)\./,
        (_, site, part) => `${site}${old[part]}.`,
      );
      return [key, { dtype: "float32" as const, shape, data }] as const;
    });
    expect(renamed.filter(([name]) => name.includes("proj_attn"))).toHaveLength(4);
    await writeSafetensors(vaeFile(), Object.fromEntries(renamed));
    expect(await vaeMean(root)).toBeAllclose(await vaeMean(TINYTOWN), { absolute: 0 });
  });

  it("load through links into the hub's cache that they are a snapshot in", async () => {
    const repository = join(root, "..", "models--town--tiny");
    const snapshot = join(repository, "snapshots", "0123456789abcdef0123456789abcdef01234567");
    await mkdir(dirname(snapshot), { recursive: true });
    await rename(vaeFile(), join(repository, "blob"));
    await symlink(join(repository, "blob"), vaeFile());
    await expect(loadModel(root)).rejects.toMatchObject({ code: "checkpoint-link" });
    await rename(root, snapshot);
    expect(await vaeMean(snapshot)).toBeAllclose(await vaeMean(TINYTOWN), { absolute: 0 });
  });

  it("load from shards that an index lists", async () => {
    const { tensors } = await readSafetensors(vaeFile());
    const halves: Record<string, { dtype: "float32"; shape: readonly number[]; data: Float32Array }>[] = [
      {},
      {},
    ];
    const weight_map: Record<string, string> = {};
    for (const [i, [name, { shape, data }]] of [...tensors].entries()) {
      halves[i % 2]![name] = { dtype: "float32", shape, data };
      weight_map[name] = `part-${i % 2}.safetensors`;
    }
    await rm(vaeFile());
    for (const [i, half] of halves.entries())
      await writeSafetensors(join(root, "vae", `part-${i}.safetensors`), half);
    await writeFile(`${vaeFile()}.index.json`, JSON.stringify({ weight_map }));
    expect(await vaeMean(root)).toBeAllclose(await vaeMean(TINYTOWN), { absolute: 0 });
  });

  it.each([
    ["unet", "config.json"],
    ["unet", "diffusion_pytorch_model.safetensors"],
    ["tokenizer", "vocab.json"],
    ["scheduler", "scheduler_config.json"],
  ])("name the missing %s/%s", async (folder, file) => {
    await rm(join(root, folder, file));
    await expect(openCheckpointFolder(root)).rejects.toThrow(
      `The checkpoint lacks ${join(root, folder, file)}`,
    );
  });

  it("refuse an index that leads out of its folder", async () => {
    await rm(vaeFile());
    const weight_map = { a: "../unet/diffusion_pytorch_model.safetensors" };
    await writeFile(`${vaeFile()}.index.json`, JSON.stringify({ weight_map }));
    await expect(openCheckpointFolder(root)).rejects.toThrow(
      'names the file "../unet/diffusion_pytorch_model.safetensors", which is not in its folder',
    );
  });

  it("take the variant asked for", async () => {
    const half = vaeFile().replace(".safetensors", ".fp16.safetensors");
    await cp(vaeFile(), half);
    const fileOf = async (variant?: "fp16") => {
      const { vae } = await openCheckpointFolder(root, root, variant);
      const [first] = vae.weights.values();
      return first && "file" in first.location ? first.location.file : null;
    };
    expect(await fileOf()).toBe(await realpath(vaeFile()));
    expect(await fileOf("fp16")).toBe(await realpath(half));
  });

  it("read a tokenizer.json where the two older files are missing", async () => {
    const at = (name: string): string => join(root, "tokenizer", name);
    const expected = createTokenizer((await openCheckpointFolder(root)).tokenizer).encode("a red car");
    const merges = (await readFile(at("merges.txt"), "utf8"))
      .split("\n")
      .filter((line) => / /.test(line) && !line.startsWith("#"));
    const model = {
      vocab: JSON.parse(await readFile(at("vocab.json"), "utf8")),
      merges: merges.map((line) => line.split(" ")),
    };
    await writeFile(at("tokenizer.json"), JSON.stringify({ model }));
    await rm(at("vocab.json"));
    await rm(at("merges.txt"));
    expect(createTokenizer((await openCheckpointFolder(root)).tokenizer).encode("a red car")).toEqual(
      expected,
    );
  });

  it("take CLIP's own tokenizer where there is none, if the text encoder has that vocabulary", async () => {
    await rm(join(root, "tokenizer"), { recursive: true });
    await expect(openCheckpointFolder(root)).rejects.toThrow("vocab.json");
    const file = join(root, "text_encoder", "config.json");
    const config = JSON.parse(await readFile(file, "utf8"));
    await writeFile(file, JSON.stringify({ ...config, vocab_size: 49408, hidden_act: "gelu" }));
    const { tokenizer } = await openCheckpointFolder(root);
    expect(createTokenizer(tokenizer)).toMatchObject({ vocabSize: 49408, pad: 0 });
  });

  it("name a folder that is not there and a config that is no JSON", async () => {
    await expect(openCheckpointFolder(join(root, "none"))).rejects.toThrow("There is no model folder");
    await writeFile(join(root, "unet", "config.json"), "{");
    await expect(openCheckpointFolder(root)).rejects.toThrow("unet/config.json is not JSON");
    await writeFile(join(root, "unet", "config.json"), "[]");
    await expect(openCheckpointFolder(root)).rejects.toThrow("unet/config.json is not a JSON object");
    await writeFile(join(root, "unet", "config.json"), `{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}`);
    await expect(openCheckpointFolder(root)).rejects.toThrow(
      "unet/config.json is nested too deeply: 100001 levels, of at most 64",
    );
  });

  it.each([
    ["in_channels", 9, "it is an inpainting model, which takes a mask"],
    ["in_channels", 5, "it is a depth-to-image model"],
    ["addition_embed_type", "text_time", "as Stable Diffusion XL's UNets have it"],
    ["num_class_embeds", 1000, "as upscalers have it"],
    ["attention_type", "gated", "GLIGEN"],
    ["act_fn", "relu", '"act_fn" is "relu"'],
    ["down_block_types", ["ResnetDownsampleBlock2D"], "ResnetDownsampleBlock2D"],
    ["block_out_channels", "wide", '"block_out_channels" is "wide"'],
  ])("refuse a UNet whose %s is %s", async (key, value, message) => {
    const file = join(root, "unet", "config.json");
    const config = JSON.parse(await readFile(file, "utf8"));
    await writeFile(file, JSON.stringify({ ...config, [key]: value }));
    await expect(loadModel(root)).rejects.toThrow(message);
  });
});
