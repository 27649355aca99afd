/**
 * What a device does with a model of Stable Diffusion 1.4's size, in one table: which it is, how right it computes, the seconds
 * of one UNet call and of a whole edit, and the memory, beside what the paper's authors had on their card. The model is of
 * random weights (2 GB in a temporary folder), so that nothing is downloaded; the frames are the example's, enlarged.
 *
 *     npm run bench:device                                       # what auto takes
 *     npm run bench:device -- --device cuda --precision fp16
 *     npm run bench:device -- --steps 5                          # a shorter edit
 *     npm run bench:device -- --size tiny --steps 4              # the same by tinytown at 128×128: a minute on a processor
 */
import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { cpus, release, tmpdir } from "node:os";
import { join } from "node:path";
import { memoryUsage } from "node:process";
import { parseArgs } from "node:util";
import type { Device, Precision } from "../src/graph/index.ts";
import { edit, invert, loadModel } from "../src/index.ts";
import { createDenoiser, type Model, planSites, resolveMethod } from "../src/pipeline/index.ts";
import { chooseDevice, probeAnew } from "../src/runtime/index.node.ts";
import { noise } from "../test/reference/noise.ts";
import { writeRandomCheckpoint } from "../test/support/random-checkpoint.ts";
import { SD1 } from "../test/support/true-shapes.ts";
import { exampleClipAt, mib, printTable, SOURCE, TARGET } from "./clip.ts";

const { values } = parseArgs({
  options: {
    device: { type: "string", default: "auto" },
    precision: { type: "string", default: "auto" },
    size: { type: "string", default: "sd" },
    steps: { type: "string", default: "50" },
    frames: { type: "string", default: "8" },
  },
});
const SIZES = {
  sd: { title: "random weights of Stable Diffusion 1.4's size", side: 64, pixels: 512 },
  tiny: { title: "tinytown", side: 16, pixels: 128 },
};
if (values.size !== "sd" && values.size !== "tiny")
  throw new Error(`--size is sd or tiny, not ${values.size}.`);
const { title, side, pixels } = SIZES[values.size];
const [steps, frames] = [Number(values.steps), Number(values.frames)];
const TIMED_CALLS = 3;

/** One value of NVIDIA's cards, by its own program; null where there is none. */
function ofNvidia(field: string): string | null {
  try {
    const args = [`--query-gpu=${field}`, "--format=csv,noheader,nounits"];
    return execFileSync("nvidia-smi", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    // No such program, or no card that it knows.
    return null;
  }
}

/** Bytes that are taken of the first card. */
function cardBytes(): number | null {
  const text = ofNvidia("memory.used");
  return text === null ? null : Number(text.split("\n")[0]) * 2 ** 20;
}

const median = (of: readonly number[]): number => of.toSorted((a, b) => a - b)[of.length >> 1]!;
const seconds = (value: number): string => `${value.toFixed(value < 10 ? 3 : 1)} s`;

/** Seconds of one call of the UNet without edit and guidance, the median of a few; the first, which opens the graph, is left out. */
async function callSeconds(model: Model, count: number): Promise<number> {
  const method = resolveMethod(model, {});
  const denoiser = createDenoiser(model, method, planSites(model, method.compat, side, side));
  const branch = {
    latents: noise([count, model.unet.inChannels, side, side], 1),
    text: noise([model.tokenizer.maxLength, model.unet.textWidth], 2),
  };
  const times: number[] = [];
  for (let i = 0; i <= TIMED_CALLS; i++) {
    const began = performance.now();
    await denoiser.plain([branch], 501);
    times.push((performance.now() - began) / 1000);
  }
  return median(times.slice(1));
}

async function measure(folder: string): Promise<string[][]> {
  // What the caller names is checked there.
  const asked = { device: values.device as Device, precision: values.precision as Precision };
  const { device, lowering, reason } = await chooseDevice(asked);
  const { precision } = lowering;
  const rows: string[][] = [
    ["device", `${device}, ${precision}`, reason],
    ["adapter", ofNvidia("name,driver_version") ?? "not told", "by nvidia-smi"],
    ["processor", cpus()[0]?.model.trim() ?? "not told", `${process.platform} ${release()}`],
  ];
  if (device !== "cpu") {
    const { errors } = await probeAnew(device, precision);
    for (const [name, error] of Object.entries(errors))
      rows.push([`probe: ${name}`, error === null ? "no number" : error.toExponential(1), "relative error"]);
  }
  let name = "tinytown";
  if (values.size === "sd") {
    name = join(folder, "model");
    await writeRandomCheckpoint(name, SD1);
  }
  rows.push(["model", title, `${pixels}×${pixels}`]);
  const idle = cardBytes();
  let card = 0;
  const watching = setInterval(() => {
    card = Math.max(card, cardBytes() ?? 0);
  }, 1000);
  await using model = await loadModel(name, asked);
  for (const count of [1, 8])
    rows.push([
      `one UNet call, ${count} × ${side}×${side} latents`,
      seconds(await callSeconds(model, count)),
      "",
    ]);
  const clip = await exampleClipAt(frames, pixels);
  const began = performance.now();
  const inversion = await invert(model, clip, { prompt: SOURCE, steps, size: pixels });
  const between = performance.now();
  await edit(model, inversion, { prompt: TARGET });
  const done = performance.now();
  clearInterval(watching);
  const work = `${frames} frames, ${steps} steps`;
  rows.push(
    [`inversion, ${work}`, seconds((between - began) / 1000), "the authors, 50 steps on an RTX 3090: 60 s"],
    [`edit, ${work}`, seconds((done - between) / 1000), "the same: 40 s"],
    ["peak memory of the process that computes", mib(await model.engine.peakMemory()), ""],
    ["memory of the other, at the end", mib(memoryUsage.rss()), ""],
    ["peak memory of the card", idle === null ? "not told" : mib(Math.max(0, card - idle)), "by nvidia-smi"],
  );
  const computed = model.engine.device;
  if (computed !== device) rows.push(["lost", device, `${computed} computed what was left`]);
  return rows;
}

const folder = await mkdtemp(join(tmpdir(), "fatezero-device-"));
try {
  printTable([["what", "", ""], ...(await measure(folder))]);
} finally {
  await rm(folder, { recursive: true, force: true });
}
