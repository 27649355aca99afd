/** A TAESD as it is found: diffusers' folder, its file alone, and the two files of its author's code. */
import { copyFile, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { fixture } from "../../test/support/fixtures.ts";
import { writeSafetensors } from "../files/index.node.ts";
import { vaeConfig, vaeGraphs } from "../model/index.ts";
import type { TensorToWrite } from "../tensor/index.ts";
import { bytesOfWeight, type Component } from "./index.ts";
import { openVae } from "./vae-source.node.ts";

const folder = await mkdtemp(join(tmpdir(), "fatezero-taesd-"));
afterAll(() => rm(folder, { recursive: true, force: true }));
const at = (name: string): string => join(folder, name);
const TAETOWN = fixture("models/taetown");
const WEIGHTS = "diffusion_pytorch_model.safetensors";

/** One half under the names of the author's code, whose decoder begins with a layer of its own. */
async function writeHalf(file: string, { weights }: Component, half: string, first: number): Promise<void> {
  const tensors: Record<string, TensorToWrite> = {};
  for (const [name, info] of weights) {
    const [, place, rest] = new RegExp(`^${half}\\.layers\\.(\\d+)\\.(.*)$`).exec(name) ?? [];
    if (place === undefined) continue;
    const data = new Uint16Array((await bytesOfWeight(info)).buffer);
    tensors[`${Number(place) + first}.${rest}`] = { dtype: "float16", shape: info.shape, data };
  }
  await writeSafetensors(file, tensors);
}

async function expectSame(found: Component, expected: Component): Promise<void> {
  expect(vaeConfig(found)).toEqual(vaeConfig(expected));
  vaeGraphs(found);
  for (const [name, info] of expected.weights)
    expect(await bytesOfWeight(found.weights.get(name)!), name).toEqual(await bytesOfWeight(info));
}

it("is the same from its folder, from its file, and from its author's two files", async () => {
  const vae = await openVae(TAETOWN);
  expect(vaeConfig(vae).kind).toBe("AutoencoderTiny");

  await copyFile(join(TAETOWN, WEIGHTS), at("alone.safetensors"));
  await expectSame(await openVae(at("alone.safetensors")), vae);

  await mkdir(at("model/vae"), { recursive: true });
  for (const name of ["config.json", WEIGHTS])
    await copyFile(join(TAETOWN, name), join(at("model/vae"), name));
  await expectSame(await openVae(at("model")), vae);

  await writeHalf(at("taesd_encoder.safetensors"), vae, "encoder", 0);
  await expect(openVae(at("taesd_encoder.safetensors"))).rejects.toThrow("its other half is not beside it");
  await writeHalf(at("taesd_decoder.safetensors"), vae, "decoder", 1);
  for (const path of [at("taesd_encoder.safetensors"), at("taesd_decoder.safetensors"), folder])
    await expectSame(await openVae(path), vae);
});
