/**
 * The README's example on the processor and on another device: how alike the edited frames come out, in dB (PSNR, of all
 * frames and of the worst), and the seconds of both. SwiftShader, a renderer in software, takes hundreds of times the processor's.
 *
 *     VK_ICD_FILENAMES=/usr/lib/chromium/vk_swiftshader_icd.json npm run bench:alike -- --device webgpu --steps 2
 *     npm run bench:alike -- --device cuda --precision fp16                      # all 8 frames in 50 steps
 */
import { parseArgs } from "node:util";
import type { Device, Precision } from "../src/graph/index.ts";
import { edit, type Frame, invert, loadModel } from "../src/index.ts";
import { psnr } from "../src/metrics/index.ts";
import { exampleClip, printTable, SOURCE, TARGET } from "./clip.ts";

const { values } = parseArgs({
  options: {
    device: { type: "string", default: "auto" },
    precision: { type: "string", default: "auto" },
    frames: { type: "string", default: "8" },
    steps: { type: "string", default: "50" },
    size: { type: "string", default: "128" },
  },
});
const [steps, size] = [Number(values.steps), Number(values.size)];
const clip = await exampleClip(Number(values.frames));

interface Made {
  readonly frames: readonly Frame[];
  readonly seconds: number;
  readonly device: Device;
}

async function make(device: Device | "auto", precision: Precision | "auto"): Promise<Made> {
  await using model = await loadModel("tinytown", { device, precision });
  const began = performance.now();
  const tell = async <T>(job: AsyncIterable<{ type: string }> & PromiseLike<T>): Promise<T> => {
    for await (const event of job)
      if (event.type === "step")
        console.error(`${model.engine.device}: ${((performance.now() - began) / 1000).toFixed(0)} s`);
    return job;
  };
  const inversion = await tell(invert(model, clip, { prompt: SOURCE, steps, size }));
  const { frames } = await tell(edit(model, inversion, { prompt: TARGET }));
  return { frames, seconds: (performance.now() - began) / 1000, device: model.engine.device };
}

const expected = await make("cpu", "fp32");
// What the caller names is checked there.
const found = await make(values.device as Device, values.precision as Precision);
const each = expected.frames.map((frame, i) => psnr([frame], [found.frames[i]!]) ?? Number.NaN);
const dB = (value: number): string => (Number.isFinite(value) ? value.toFixed(1) : "equal");
printTable([
  [`${each.length} frames of ${size}×${size}, ${steps} steps`, "seconds", "PSNR, dB", "worst frame"],
  ["cpu, fp32", expected.seconds.toFixed(1), "", ""],
  [
    `${found.device}, ${values.precision}`,
    found.seconds.toFixed(1),
    dB(psnr(expected.frames, found.frames) ?? Number.NaN),
    dB(Math.min(...each)),
  ],
]);
