/** An image model that is inflated: nothing changes before it is trained. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { writeRandomCheckpoint } from "../../test/support/random-checkpoint.ts";
import { TINY_SD } from "../../test/support/small-checkpoint.ts";
import { addNoise } from "../diffusion/index.ts";
import { invert } from "../edit/index.ts";
import { loadModel } from "../pipeline/index.node.ts";
import type { Model } from "../pipeline/index.ts";
import { floatTensor } from "../tensor/index.ts";
import { holdOut } from "./noise.ts";
import { resolveTuning, type TuneOptions } from "./options.ts";
import { trainableNetwork } from "./trainable-network.ts";
import { expectedTuned } from "./tuned-checkpoint.ts";

const folder = await mkdtemp(join(tmpdir(), "fatezero-inflate-"));
let model: Model;
beforeAll(async () => {
  await writeRandomCheckpoint(folder, TINY_SD);
  model = await loadModel(folder, { threads: 1 });
});
afterAll(async () => {
  await model.close();
  await rm(folder, { recursive: true });
});

const PROMPT = { prompt: "a red square" };
const data = Uint8Array.from({ length: 32 * 32 * 3 }, (_, i) => (i * 37) % 256);
const clip = { frames: [data, data.toReversed()].map((d) => ({ width: 32, height: 32, data: d })), fps: 8 };
const inverting = { ...PROMPT, size: 32, steps: 2, attend: [-1, "first"], groupNorm: "frame" } as const;

/** The latents of an inversion by the model inflated with some options. */
async function invertedBy(options: Partial<TuneOptions>): Promise<Float32Array> {
  const settings = resolveTuning(model, { ...PROMPT, ...options });
  const network = trainableNetwork(model.checkpoint.unet, settings);
  const inflated = expectedTuned(model, network, { ...PROMPT, frames: 2, settings });
  expect(inflated.tuned).toBe(true);
  const { latents } = await invert(inflated, clip, inverting);
  return latents.data;
}

it.each([
  ["low-rank convolutions", { rank: 8 }],
  ["convolutions of a rank that no layer has", { rank: 160 }],
  ["whole convolutions", { rank: "full" }],
] as const)("computes what the image model does, with %s", async (_, options) => {
  const { latents } = await invert(model, clip, inverting);
  expect(await invertedBy(options)).toBeAllclose(latents.data, { absolute: 1e-5, relative: 1e-5 });
});

it("differs from it by a random bias as the released code inflates it", async () => {
  const { latents } = await invert(model, clip, inverting);
  const released = await invertedBy({ rank: 8, compat: "fatezero" });
  expect(Math.max(...released.map((value, i) => Math.abs(value - latents.data[i]!)))).toBeGreaterThan(1e-3);
});

it("is told what it should say: ε, or v, from which the clean latents follow", () => {
  const alphasCumprod = Float32Array.of(0.9, 0.3);
  const clean = floatTensor([2, 2], Float32Array.of(1, -2, 0.5, 3));
  const noise = floatTensor([2, 2], Float32Array.of(0.3, 0.1, -1, 2));
  const of = (prediction: "epsilon" | "v_prediction") =>
    addNoise({ alphasCumprod, prediction }, clean, noise, [1, 0]);
  expect(of("epsilon").target).toEqual(noise);
  const { latents, target } = of("v_prediction");
  const found = clean.data.map((_, i) => {
    const alpha = alphasCumprod[i < 2 ? 1 : 0]!;
    return Math.sqrt(alpha) * latents.data[i]! - Math.sqrt(1 - alpha) * target.data[i]!;
  });
  expect(found).toBeAllclose(clean.data, { absolute: 1e-6, relative: 1e-6 });
});

it("trains on every noise level but those held out and their neighbours", () => {
  const { timesteps, draw } = holdOut(100, 2);
  expect(timesteps).toEqual([25, 75]);
  let next = 0;
  const all = { below: () => next++ % 100, uniform: () => 0, normal: () => floatTensor([0]) };
  const drawn = new Set(Array.from({ length: 400 }, () => draw(all)));
  expect([...Array(100).keys()].filter((t) => !drawn.has(t))).toEqual([24, 25, 26, 74, 75, 76]);
});
