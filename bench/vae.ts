/**
 * What one frame costs to decode, by a VAE of Stable Diffusion's size and by a TAESD: time and the memory of the process that
 * computes. The weights are random, made in a temporary folder that is removed at the end.
 *
 *     npm run bench:vae            # -- 256 for another side in pixels than 512
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openVae } from "../src/checkpoint/index.node.ts";
import type { JsonObject } from "../src/checkpoint/index.ts";
import { compile } from "../src/graph/index.ts";
import { vaeConfig, vaeGraphs } from "../src/model/index.ts";
import { createEngine } from "../src/runtime/index.node.ts";
import { floatTensor, sizeOf } from "../src/tensor/index.ts";
import { writeRandomVae } from "../test/support/random-checkpoint.ts";
import { SD1 } from "../test/support/true-shapes.ts";
import { printTable } from "./clip.ts";

const TURNS = 3;
const side = Number(process.argv[2] ?? 512);

interface Cost {
  readonly seconds: number;
  readonly bytes: number;
}

/** Opens a decoder in a process of its own and decodes a frame a few times; the first run does not count. */
async function decode(folder: string): Promise<Cost> {
  const component = await openVae(folder);
  const { latentChannels, downscale } = vaeConfig(component);
  await using engine = createEngine();
  const session = await engine.open(compile(vaeGraphs(component).decoder, engine.lowering));
  const shape = [1, latentChannels, side / downscale, side / downscale];
  const latents = floatTensor(
    shape,
    Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(i)),
  );
  const times: number[] = [];
  for (let turn = 0; turn <= TURNS; turn++) {
    const began = performance.now();
    await session.run({ latents });
    times.push((performance.now() - began) / 1000);
  }
  const [middle] = times
    .slice(1)
    .sort((a, b) => a - b)
    .slice(TURNS >> 1);
  return { seconds: middle!, bytes: await engine.peakMemory() };
}

const VAES: Readonly<Record<string, JsonObject>> = {
  "Stable Diffusion's VAE": SD1.vae,
  TAESD: { _class_name: "AutoencoderTiny" },
};

const root = await mkdtemp(join(tmpdir(), "fatezero-vae-"));
try {
  const costs: Cost[] = [];
  const rows = [[`one frame of ${side}x${side} decoded`, "seconds", "peak memory"]];
  for (const [i, [name, config]] of Object.entries(VAES).entries()) {
    const folder = join(root, String(i));
    await writeRandomVae(folder, config);
    const cost = await decode(folder);
    costs.push(cost);
    rows.push([name, cost.seconds.toFixed(2), `${(cost.bytes / 1e9).toFixed(2)} GB`]);
  }
  const [own, tiny] = costs as [Cost, Cost];
  rows.push([
    "TAESD's share",
    `1 / ${(own.seconds / tiny.seconds).toFixed(0)}`,
    `1 / ${(own.bytes / tiny.bytes).toFixed(1)}`,
  ]);
  printTable(rows);
} finally {
  await rm(root, { recursive: true, force: true });
}
