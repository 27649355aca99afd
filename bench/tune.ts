/**
 * What a step of one-shot tuning costs beside a forward pass: for the parameters that Tune-A-Video trains in an inflated
 * UNet, and for the query projections of an image UNet alone.
 *
 *     npm run bench:tune             tinytown
 *     npm run bench:tune -- --sd     a random checkpoint of Stable Diffusion 1.4's size at 256×256 (2.1 GB on disk, minutes)
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { frameIndices, plainUNet, trainingUNet } from "../src/attention/index.ts";
import { openCheckpointFolder } from "../src/checkpoint/index.node.ts";
import type { Component } from "../src/checkpoint/index.ts";
import { compile, liveBytes } from "../src/graph/index.ts";
import { createEngine } from "../src/runtime/index.node.ts";
import { type FloatTensor, floatTensor, sizeOf } from "../src/tensor/index.ts";
import { writeRandomCheckpoint } from "../test/support/random-checkpoint.ts";
import { SD1 } from "../test/support/true-shapes.ts";
import { mib, printTable } from "./clip.ts";
import { inflate, wavy } from "./inflate.ts";

const FRAMES = 8;

/** What is trained, and whether the UNet has temporal layers. */
const SETS = {
  "Tune-A-Video's parameters": {
    temporal: true,
    trains: /\.(attn_temporal|conv_temporal)\.|\.to_q\.weight$/,
  },
  "queries alone, no temporal layers": { temporal: false, trains: /\.to_q\.weight$/ },
} as const;

/** The graphs of one set of parameters, and how to run them. */
function prepare(image: Component, set: keyof typeof SETS, side: number) {
  const { temporal, trains } = SETS[set];
  const unet = temporal ? inflate(image) : image;
  const options = {
    attend: { frames: [-1, "first"] },
    groupNorm: "clip",
    temporal,
    textLength: 77,
    wordMapSites: [],
    asInputs: (name: string) => trains.test(name),
  } as const;
  const parameters = [...unet.weights].filter(([name]) => trains.test(name));
  const weights = Object.fromEntries(parameters.map(([name, { shape }]) => [name, wavy(shape)]));
  const latents = (frames: number): FloatTensor =>
    wavy([1, frames, Number(unet.config.in_channels), side, side]);
  const { length: levels } = unet.config.block_out_channels as readonly number[];
  const { forward, ...steps } = {
    forward: () => plainUNet(unet, options),
    kept: () => trainingUNet(unet, options),
    again: () => trainingUNet(unet, { ...options, checkpointing: true }),
  };

  /** Opens a graph in a process of its own. */
  async function open(name: "forward" | keyof typeof steps, frames: number) {
    const engine = createEngine({ threads: 1 });
    const feeds = {
      latents: latents(frames),
      timestep: floatTensor([1], Float32Array.of(500)),
      text: wavy([1, 77, Number(unet.config.cross_attention_dim)]),
      attendTo: frameIndices(options.attend.frames, frames),
    };
    const run =
      name === "forward"
        ? await engine
            .open(compile(forward(), engine.lowering))
            .then((session) => () => session.run(feeds, { weights }))
        : await engine
            .open(compile(steps[name](), engine.lowering))
            .then((session) => () => session.run({ ...feeds, target: feeds.latents }, { weights }));
    return {
      peakMemory: () => engine.peakMemory(),
      close: () => engine.close(),
      async seconds(): Promise<number> {
        const start = performance.now();
        await run();
        return (performance.now() - start) / 1000;
      },
    };
  }

  return {
    open,
    trained: parameters.length,
    trainedBytes: parameters.reduce((bytes, [, { shape }]) => bytes + 4 * sizeOf(shape), 0),
    /** Activations at their highest. */
    live(name: "forward" | keyof typeof steps, frames: number): number {
      const half = side / 2 ** (levels - 1);
      const graph = name === "forward" ? forward() : steps[name]();
      return liveBytes(graph, { branches: 1, frames, height: half, width: half });
    },
  };
}

const TITLES = {
  forward: "forward pass",
  kept: "step, activations kept",
  again: "step, blocks computed again",
} as const;
const HEAD = ["", "time", "of a forward pass", "peak memory"];
const row = (title: string, seconds: number, forward: number, peak: number): string[] => [
  title,
  `${seconds.toFixed(2)} s`,
  `${(seconds / forward).toFixed(2)}×`,
  mib(peak),
];

/** All graphs open at once and run in turn, so that what else the machine does meanwhile falls on all of them. */
async function inTurn(prepared: ReturnType<typeof prepare>, runs: number): Promise<string[][]> {
  const kinds = ["forward", "kept", "again"] as const;
  const opened = await Promise.all(kinds.map((kind) => prepared.open(kind, FRAMES)));
  const best = kinds.map(() => Number.POSITIVE_INFINITY);
  for (let run = 0; run <= runs; run++) {
    for (const [i, { seconds }] of opened.entries()) {
      const taken = await seconds();
      // The first run warms up.
      if (run > 0) best[i] = Math.min(best[i]!, taken);
    }
  }
  const rows: string[][] = [];
  for (const [i, { peakMemory, close }] of opened.entries()) {
    rows.push(row(TITLES[kinds[i]!], best[i]!, best[0]!, await peakMemory()));
    await close();
  }
  return rows;
}

/** One graph after another, each with as many frames as there is memory for. */
async function oneByOne(prepared: ReturnType<typeof prepare>, kinds: readonly ("again" | "kept")[]) {
  const measure = async (kind: "forward" | "again" | "kept", frames: number) => {
    const { seconds, peakMemory, close } = await prepared.open(kind, frames);
    const first = await seconds();
    const second = await seconds();
    const peak = await peakMemory();
    await close();
    console.error(
      `  ${TITLES[kind]}, ${frames} frames: ${first.toFixed(1)} s, ${second.toFixed(1)} s, ${mib(peak)}`,
    );
    return { seconds: Math.min(first, second), peak };
  };
  const rows: string[][] = [];
  const forwards = new Map<number, Awaited<ReturnType<typeof measure>>>();
  const forwardOf = async (frames: number) => {
    const measured = forwards.get(frames) ?? (await measure("forward", frames));
    if (!forwards.has(frames))
      rows.push(
        row(`${TITLES.forward}, ${frames} frames`, measured.seconds, measured.seconds, measured.peak),
      );
    forwards.set(frames, measured);
    return measured;
  };
  const whole = await forwardOf(FRAMES);
  const beside = whole.peak - prepared.live("forward", FRAMES);
  for (const kind of kinds) {
    // A step also holds the kernels turned round, about half of the weights, and the gradients.
    const needs = (frames: number): number =>
      1.5 * beside + prepared.trainedBytes + prepared.live(kind, frames);
    let frames = FRAMES;
    while (frames > 1 && needs(frames) > process.availableMemory()) {
      rows.push([
        `${TITLES[kind]}, ${frames} frames`,
        "does not fit",
        "",
        `about ${mib(needs(frames))} of ${mib(process.availableMemory())}`,
      ]);
      frames /= 2;
    }
    const forward = await forwardOf(frames);
    const { seconds, peak } = await measure(kind, frames);
    rows.push(row(`${TITLES[kind]}, ${frames} frames`, seconds, forward.seconds, peak));
  }
  return rows;
}

async function stableDiffusion(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "fatezero-tune-"));
  try {
    await writeRandomCheckpoint(folder, SD1);
    const { unet } = await openCheckpointFolder(folder, "random");
    const set = "Tune-A-Video's parameters";
    const prepared = prepare(unet, set, 32);
    const rows = await oneByOne(prepared, ["again", "kept"]);
    console.log(
      `Stable Diffusion 1.4's size, latents 32×32, ${set}: ${prepared.trained} tensors, ${mib(prepared.trainedBytes)}, 1 thread\n`,
    );
    printTable([HEAD, ...rows]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function tinytown(): Promise<void> {
  const { unet } = await openCheckpointFolder("models/tinytown", "tinytown");
  const side = Number(unet.config.sample_size);
  console.log(`tinytown, ${FRAMES} frames of latents ${side}×${side}, 1 thread`);
  for (const set of Object.keys(SETS) as (keyof typeof SETS)[]) {
    const prepared = prepare(unet, set, side);
    const rows = await inTurn(prepared, 5);
    console.log(`\n${set}: ${prepared.trained} tensors`);
    printTable([HEAD, ...rows]);
  }
}

await (process.argv.includes("--sd") ? stableDiffusion() : tinytown());
