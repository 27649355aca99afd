import { cp, mkdtemp, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { inRepository, maxDifference } from "../../test/support/fixtures.ts";
import { loadModel } from "../edit/index.ts";
import { floatTensor, readSafetensors, writeSafetensors } from "../tensor/index.ts";
import { openCheckpointFolder } from "./index.ts";

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
  const graph = await model.openVae("encoder");
  const images = floatTensor(
    [1, 3, 32, 32],
    Float32Array.from({ length: 3072 }, (_, i) => Math.sin(i)),
  );
  const { mean } = await graph.run({ images });
  await model.close();
  return mean!;
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
    expect(maxDifference(await vaeMean(root), await vaeMean(TINYTOWN))).toBe(0);
  });

  it("load through links that lead out of the folder, as in the hub's cache", async () => {
    const blob = join(root, "..", "blob");
    await rename(vaeFile(), blob);
    await symlink(blob, vaeFile());
    expect(maxDifference(await vaeMean(root), await vaeMean(TINYTOWN))).toBe(0);
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
    expect(maxDifference(await vaeMean(root), await vaeMean(TINYTOWN))).toBe(0);
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

  it("name a pickle where safetensors are missing", async () => {
    await rename(vaeFile(), vaeFile().replace(".safetensors", ".bin"));
    await expect(openCheckpointFolder(root)).rejects.toThrow("it has diffusion_pytorch_model.bin");
  });

  it("name a folder that is not there and a config that is no JSON", async () => {
    await expect(openCheckpointFolder(join(root, "none"))).rejects.toThrow("There is no model folder");
    await writeFile(join(root, "unet", "config.json"), "{");
    await expect(openCheckpointFolder(root)).rejects.toThrow("unet/config.json is not a JSON object");
  });

  it.each([
    ["in_channels", 9, "inpainting"],
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
