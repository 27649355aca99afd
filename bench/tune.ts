/**
 * What a step of one-shot tuning costs beside a forward pass: tinytown, inflated as Tune-A-Video does it, with the
 * parameters that Tune-A-Video trains.
 *
 *     npm run bench:tune
 */
import { frameIndices, plainUNet, trainingUNet } from "../src/attention/index.ts";
import { openCheckpointFolder } from "../src/checkpoint/index.node.ts";
import type { Component, WeightInfo } from "../src/checkpoint/index.ts";
import { compile } from "../src/graph/index.ts";
import { createEngine } from "../src/runtime/index.node.ts";
import { type FloatTensor, floatTensor } from "../src/tensor/index.ts";
import { mib, printTable } from "./clip.ts";

const FRAMES = 8;
const RANK = 160;
const RUNS = 3;

/** Small values that differ from place to place. */
function wavy(shape: readonly number[]): FloatTensor {
  const length = shape.reduce((a, b) => a * b, 1);
  return floatTensor(
    shape,
    Float32Array.from({ length }, (_, i) => Math.sin(i * 12.9898) / Math.sqrt(shape.at(-1)!)),
  );
}

function inline(shape: readonly number[]): WeightInfo {
  const { data } = wavy(shape);
  return { dtype: "float32", shape, location: { data: new Uint8Array(data.buffer) } };
}

/** An image UNet with a low-rank temporal convolution in every 3×3 one, and temporal attention in every transformer. */
function inflate(unet: Component): Component {
  const weights = new Map(unet.weights);
  for (const [name, { shape }] of unet.weights) {
    const layer = name.replace(/\.weight$/, "");
    const [out] = shape as [number];
    if (shape.length === 4 && shape[2] === 3) {
      const rank = RANK <= out ? RANK : Math.floor(out / 2);
      weights.set(`${layer}.conv_temporal.down.weight`, inline([rank, out, 3]));
      weights.set(`${layer}.conv_temporal.up.weight`, inline([out, rank, 3]));
    }
    if (!layer.endsWith("attn1.to_q")) continue;
    const block = layer.replace(/\.attn1\.to_q$/, "");
    for (const part of ["to_q", "to_k", "to_v", "to_out.0"])
      weights.set(`${block}.attn_temporal.${part}.weight`, inline([out, out]));
    weights.set(`${block}.attn_temporal.to_out.0.bias`, inline([out]));
    for (const part of ["weight", "bias"]) weights.set(`${block}.norm_temporal.${part}`, inline([out]));
  }
  return { ...unet, weights };
}

const trained = (name: string): boolean => /\.(attn_temporal|conv_temporal)\.|\.to_q\.weight$/.test(name);

const { unet } = await openCheckpointFolder("models/tinytown", "tinytown");
const inflated = inflate(unet);
const options = {
  attend: { frames: [-1, "first"] },
  groupNorm: "clip",
  temporal: true,
  textLength: 77,
  wordMapSites: [],
  asInputs: trained,
} as const;

const parameters = new Map([...inflated.weights].filter(([name]) => trained(name)));
const weights = Object.fromEntries([...parameters].map(([name, { shape }]) => [name, wavy(shape)]));
const plain = plainUNet(inflated, options);
const side = Number(unet.config.sample_size);
const latents = wavy([1, FRAMES, Number(unet.config.in_channels), side, side]);
const feeds = {
  latents,
  timestep: floatTensor([1], Float32Array.of(500)),
  text: wavy([1, 77, Number(unet.config.cross_attention_dim)]),
  attendTo: frameIndices(options.attend.frames, FRAMES),
};

/** Opens a graph in a process of its own; how to run it, and what it took at its highest. */
async function open(graph: typeof plain, more: { readonly target?: FloatTensor } = {}) {
  const engine = createEngine({ threads: 1 });
  const session = await engine.open(compile(graph, engine.lowering));
  return {
    engine,
    async seconds(): Promise<number> {
      const start = performance.now();
      await session.run({ ...feeds, ...more }, { weights });
      return (performance.now() - start) / 1000;
    },
  };
}

const graphs = {
  "forward pass": await open(plain),
  "step, activations kept": await open(trainingUNet(inflated, options), { target: latents }),
  "step, blocks computed again": await open(trainingUNet(inflated, { ...options, checkpointing: true }), {
    target: latents,
  }),
};
const times = new Map<string, number>();
// In turn, so that what else the machine does meanwhile falls on all of them; the first run warms up.
for (let run = 0; run <= RUNS; run++) {
  for (const [name, { seconds }] of Object.entries(graphs)) {
    const taken = await seconds();
    if (run > 0) times.set(name, Math.min(taken, times.get(name) ?? taken));
  }
}
const forward = times.get("forward pass")!;
const rows: string[][] = [];
for (const [name, { engine }] of Object.entries(graphs)) {
  const taken = times.get(name)!;
  const peak = mib(await engine.peakMemory());
  rows.push([name, `${taken.toFixed(2)} s`, `${(taken / forward).toFixed(2)}×`, peak]);
  await engine.close();
}
console.log(
  `tinytown, ${FRAMES} frames of latents ${side}×${side}, ${parameters.size} tensors trained, 1 thread\n`,
);
printTable([["", "time", "of a forward pass", "peak memory"], ...rows]);
