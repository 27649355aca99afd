/**
 * A checkpoint of Stable Diffusion 1.4's true size on the CPU: how long it takes to load, how much memory, and how long
 * one UNet call takes. The weights are random, made in a temporary folder (2.1 GB) that is removed at the end.
 *
 *     npm run bench:scale
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadModel } from "../src/pipeline/index.node.ts";
import { createDenoiser, planSites, promptIds, resolveMethod } from "../src/pipeline/index.ts";
import type { MemoryMode } from "../src/runtime/index.ts";
import { floatTensor, sizeOf } from "../src/tensor/index.ts";
import { writeRandomCheckpoint } from "../test/support/random-checkpoint.ts";
import { SD1 } from "../test/support/true-shapes.ts";
import { printTable } from "./clip.ts";

const LATENT_SIDE = 64;
const gb = (bytes: number): string => `${(bytes / 1e9).toFixed(2)} GB`;
const seconds = (from: number): string => `${((performance.now() - from) / 1000).toFixed(1)} s`;

/** Loads the checkpoint, runs its UNet twice on one frame, and prints what that took. Returns the load in seconds. */
async function measure(folder: string, memory: MemoryMode, title: string): Promise<number> {
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
    [title, ""],
    ["headers, configuration, fingerprint", opened],
    ["UNet session load", `${load.toFixed(1)} s`],
    ["first UNet call, load and graph build included", `${firstCall.toFixed(1)} s`],
    [`UNet call, ${LATENT_SIDE}×${LATENT_SIDE} latents, one frame, one branch`, `${call.toFixed(1)} s`],
    ["UNet weights in the file (fp16)", gb(inFile)],
    ["the same as the CPU kernels need them (fp32)", gb(model.unetBytes)],
    ["peak resident memory of the compute process", gb(peak)],
    ["beyond what the kernels need", gb(peak - model.unetBytes)],
    ["that, in copies of the fp32 weights", ((peak - model.unetBytes) / model.unetBytes).toFixed(2)],
  ]);
  console.log("");
  return load;
}

/** The same without the huge pages that the compute process asks of glibc. */
async function measureSmallPages(folder: string): Promise<number> {
  const { GLIBC_TUNABLES: given } = process.env;
  process.env.GLIBC_TUNABLES = "glibc.malloc.hugetlb=0";
  try {
    return await measure(folder, "fast", 'memory: "fast", without huge pages');
  } finally {
    if (given === undefined) delete process.env.GLIBC_TUNABLES;
    else process.env.GLIBC_TUNABLES = given;
  }
}

const folder = await mkdtemp(join(tmpdir(), "fatezero-scale-"));
try {
  const began = performance.now();
  await writeRandomCheckpoint(folder, SD1);
  console.log(`random checkpoint of Stable Diffusion 1.4's shapes written in ${seconds(began)}\n`);
  const small = await measureSmallPages(folder);
  const huge = await measure(folder, "fast", 'memory: "fast"');
  await measure(folder, "lowMemory", 'memory: "lowMemory"');
  console.log(`session load with huge pages: ${(huge / small).toFixed(2)} of the time without`);
} finally {
  await rm(folder, { recursive: true, force: true });
}
