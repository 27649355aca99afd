/**
 * A checkpoint of Stable Diffusion 1.4's true size on the CPU: how long it takes to load, how much memory, and how long
 * one UNet call takes. The weights are random, made in a temporary folder (2.1 GB) that is removed at the end.
 *
 *     npm run bench:scale [-- fast | lowMemory]
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDenoiser, loadModel, planSites, promptIds, resolveMethod } from "../src/edit/index.ts";
import type { MemoryMode } from "../src/runtime/index.ts";
import { floatTensor, sizeOf } from "../src/tensor/index.ts";
import { writeRandomCheckpoint } from "../test/support/random-checkpoint.ts";
import { SD1 } from "../test/support/true-shapes.ts";
import { printTable } from "./clip.ts";

const LATENT_SIDE = 64;
const gb = (bytes: number): string => `${(bytes / 1e9).toFixed(2)} GB`;
const seconds = (from: number): string => `${((performance.now() - from) / 1000).toFixed(1)} s`;

/** Loads the checkpoint, runs its UNet twice on one frame, and prints what that took. */
async function measure(folder: string, memory: MemoryMode): Promise<void> {
  const began = performance.now();
  const model = await loadModel(folder, { memory });
  const opened = seconds(began);
  const method = resolveMethod(model, {});
  const sites = planSites(model, method.compat, LATENT_SIDE, LATENT_SIDE);
  const denoiser = createDenoiser(model, method, sites);
  const { ids } = promptIds(model.tokenizer, "a silver jeep driving down a road", null, "prompt");
  const text = await model.encodeText(ids);
  // The text encoder goes before the UNet comes, so that the peak is the UNet's own.
  await model.close();
  const shape = [1, 4, LATENT_SIDE, LATENT_SIDE];
  const data = Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(i * 1.7));
  const branch = { latents: floatTensor(shape, data), text };
  const { load: loadBefore } = model.times;
  const first = performance.now();
  const { predictions } = await denoiser.plain([branch], 501);
  const firstCall = (performance.now() - first) / 1000;
  const load = model.times.load - loadBefore;
  const second = performance.now();
  await denoiser.plain([branch], 501);
  const call = (performance.now() - second) / 1000;
  const peak = await model.engine.peakMemory();
  await model.close();
  if (!predictions[0]!.data.every(Number.isFinite)) throw new Error("The prediction is not finite.");

  const inFile = model.unetBytes / 2;
  printTable([
    [`memory: "${memory}"`, ""],
    ["headers, configuration, fingerprint", opened],
    ["UNet session load", `${load.toFixed(1)} s`],
    ["first UNet call, load and graph build included", `${firstCall.toFixed(1)} s`],
    [`UNet call, ${LATENT_SIDE}×${LATENT_SIDE} latents, one frame, one branch`, `${call.toFixed(1)} s`],
    ["UNet weights in the file (fp16)", gb(inFile)],
    ["the same as the CPU kernels need them (fp32)", gb(model.unetBytes)],
    ["peak resident memory of the compute process", gb(peak)],
    ["beyond what the kernels need", gb(peak - model.unetBytes)],
    ["that, in copies of the file's weights", ((peak - model.unetBytes) / inFile).toFixed(2)],
  ]);
  console.log("");
}

const asked = process.argv[2] as MemoryMode | undefined;
const folder = await mkdtemp(join(tmpdir(), "fatezero-scale-"));
try {
  const began = performance.now();
  await writeRandomCheckpoint(folder, SD1);
  console.log(`random checkpoint of Stable Diffusion 1.4's shapes written in ${seconds(began)}\n`);
  for (const memory of asked ? [asked] : (["fast", "lowMemory"] as const)) await measure(folder, memory);
} finally {
  await rm(folder, { recursive: true, force: true });
}
