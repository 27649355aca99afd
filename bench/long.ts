/**
 * What long clips take on tinytown, in chunks and at once: peak memory of both processes, and seconds for a frame and a step
 * of every phase. Each row is measured in processes of its own.
 *
 *     npm run bench:long                                          8, 24, 48 and 240 frames, chunks of "auto" and all at once
 *     npm run bench:long -- --size 256 --steps 3
 *     npm run bench:long -- --null-text 1                         with null-text inversion, in so many iterations a step
 *     npm run bench:long -- --sweep --frames 24 --chunks 1,2,4,8,12,24
 *
 *     npm run bench:long -- --pixels --frames 240                 what the pixels of a clip take, held and one by one
 *
 * The third tells which chunks are quickest: all in one process, in turn and again and again, the best of each.
 */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { edit, expectedMemory, invert, latentsAt, planEdit, stateBytes } from "../src/edit/index.ts";
import { prepareEdit } from "../src/edit/prepare-edit.ts";
import { loadModel } from "../src/pipeline/index.node.ts";
import { createDenoiser, type ProgressEvent, planSites, resolveMethod } from "../src/pipeline/index.ts";
import { nullText } from "../src/tune/index.ts";
import { readVideo, streamVideo, writeVideo } from "../src/video/index.node.ts";
import { resizeFrame, type Video } from "../src/video/index.ts";
import { exampleClip, mib, printTable, SOURCE, TARGET } from "./clip.ts";

const { values } = parseArgs({
  options: {
    frames: { type: "string", default: "8,24,48,240" },
    chunks: { type: "string", default: "auto,whole" },
    steps: { type: "string", default: "2" },
    size: { type: "string", default: "128" },
    "null-text": { type: "string", default: "0" },
    one: { type: "boolean", default: false },
    sweep: { type: "boolean", default: false },
    pixels: { type: "boolean", default: false },
    read: { type: "string" },
  },
});

/** What a run came to. */
interface Measured {
  /** Peak resident memory of this process and of the one that computes, in bytes. */
  readonly own: number;
  readonly compute: number;
  readonly expected: number;
  /** What the inversion keeps. */
  readonly state: number;
  /** Seconds of each phase for a frame, and of the loops for the quickest step: the first one opens the graph. */
  readonly seconds: Readonly<Record<string, number>>;
}

/** Frames of the example clip, there and back as often as it takes. */
async function longClip(frames: number, size: number): Promise<Video> {
  const clip = await exampleClip(16);
  const around = [...clip.frames, ...clip.frames.toReversed()].map((frame) => resizeFrame(frame, size, size));
  const at = (i: number): Uint8Array => Uint8Array.from(around[i % around.length]!.data);
  return {
    fps: clip.fps,
    frames: Array.from({ length: frames }, (_, i) => ({ width: size, height: size, data: at(i) })),
  };
}

async function measure(frames: number, chunk: string, steps: number, size: number): Promise<Measured> {
  const model = await loadModel("tinytown", {
    chunk: chunk === "auto" ? chunk : chunk === "whole" ? frames : Number(chunk),
  });
  const clip = await longClip(frames, size);
  const spent = new Map<string, number[]>();
  const note = (event: ProgressEvent): void => {
    if (event.type !== "step") return;
    spent.set(event.phase, [...(spent.get(event.phase) ?? []), event.seconds]);
  };
  const inverting = invert(model, clip, { prompt: SOURCE, steps, size });
  for await (const event of inverting) note(event);
  const inverted = await inverting;
  const iterations = Number(values["null-text"]);
  let inversion = inverted;
  if (iterations > 0) {
    const optimizing = nullText(model, inverted, { iterations });
    for await (const event of optimizing) note(event);
    inversion = await optimizing;
  }
  const editing = edit(model, inversion, { prompt: TARGET, sourceFrames: clip.frames, keepMasks: true });
  for await (const event of editing) note(event);
  const result = await editing;
  if (result.frames.length !== frames) throw new Error(`${result.frames.length} frames came of ${frames}.`);
  const terms = { frames, width: size, height: size, steps, settings: inversion.settings };
  const compute = await model.engine.peakMemory();
  await model.close();
  return {
    own: process.resourceUsage().maxRSS * 1024,
    compute,
    expected: expectedMemory(model, {
      ...{ ...terms, encodes: true, branches: 3 },
      nullTextPerFrame: iterations > 0 ? false : null,
    }),
    state: stateBytes(inversion),
    seconds: Object.fromEntries([...spent].map(([phase, all]) => [phase, Math.min(...all) / frames])),
  };
}

const ROUNDS = 5;

/** Prints what a step of the inversion and of a fused edit takes for a frame, in chunks of each size. */
async function sweep(frames: number, sizes: readonly number[], size: number): Promise<void> {
  await using model = await loadModel("tinytown");
  const inversion = await invert(model, await longClip(frames, size), { prompt: SOURCE, steps: 2, size });
  const planned = await planEdit(model, inversion, { prompt: TARGET });
  const latents = latentsAt(inversion, inversion.steps);
  const ways = [];
  for (const chunk of sizes) {
    const { steps, denoise } = await prepareEdit({ ...model, chunk }, inversion, planned);
    const [h, w] = latents.shape.slice(-2) as [number, number];
    const sites = planSites(model, null, h, w);
    const denoiser = createDenoiser({ ...model, chunk }, inversion.settings, sites);
    const text = await model.encodeText(inversion.ids);
    const run = {
      plain: () => denoiser.plain([{ latents, text }], steps[0]!.timestep),
      fused: () => denoise(steps[0]!, latents),
    };
    ways.push({ chunk, run, best: { plain: Number.POSITIVE_INFINITY, fused: Number.POSITIVE_INFINITY } });
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (const { run, best } of ways) {
      for (const kind of ["plain", "fused"] as const) {
        const began = performance.now();
        await run[kind]();
        best[kind] = Math.min(best[kind], (performance.now() - began) / 1000 / frames);
      }
    }
  }
  console.log(`tinytown at ${size}×${size}, ${frames} frames; the best of ${ROUNDS} rounds, for one frame\n`);
  const rows = ways.map(({ chunk, best }) => [String(chunk), ms(best.plain), ms(best.fused)]);
  printTable([["frames at a time", "step of the inversion", "fused step of the edit"], ...rows]);
}

/** Sides of the frames whose pixels are looked at. */
const SIDES = [128, 512];

/** Bytes at the peak of this process before and while a clip is read: as a whole, or frame by frame. */
async function readIt(path: string, side: number, whole: boolean): Promise<readonly [number, number]> {
  const options = { fit: () => ({ width: side, height: side }) };
  const peak = (): number => process.resourceUsage().maxRSS * 1024;
  // What reading takes at all: the codecs are loaded by it.
  await readVideo(path, { ...options, frames: 1 });
  const before = peak();
  if (whole) {
    const { frames } = await readVideo(path, options);
    if (frames.length === 0) throw new Error("There are no frames.");
  } else
    for await (const frame of streamVideo(path, options)) if (frame.width !== side) throw new Error(path);
  return [before, peak()];
}

/** Runs this file once more, for a row of its own. */
async function another<T>(...args: readonly string[]): Promise<T> {
  const file = fileURLToPath(import.meta.url);
  const { stdout } = await promisify(execFile)(process.execPath, [...process.execArgv, file, ...args]);
  return JSON.parse(stdout.trim().split("\n").at(-1)!) as T;
}

/** Prints what a clip's pixels take beside what is expected of the whole work. */
async function printPixels(count: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "fatezero-pixels-"));
  await using model = await loadModel("tinytown");
  const settings = resolveMethod(model, {});
  const rows = [
    ["size", "pixels of the clip", "read as a whole", "one by one", "the whole work, expected", "share"],
  ];
  try {
    for (const side of SIDES) {
      const path = join(folder, `${side}.mp4`);
      const { frames, fps } = await longClip(count, side);
      await writeVideo(path, frames, { fps });
      const read = ["--read", path, "--size", `${side}`];
      const [whole, single] = [
        await another<readonly [number, number]>(...read, "--chunks", "whole"),
        await another<readonly [number, number]>(...read, "--chunks", "1"),
      ];
      const bytes = 3 * side * side * count;
      const terms = { frames: count, width: side, height: side, steps: 50, settings };
      const expected = expectedMemory(model, { ...terms, encodes: true, branches: 3 });
      rows.push([
        ...[
          `${side}×${side}`,
          mib(bytes),
          `+ ${mib(whole[1] - whole[0])}`,
          `+ ${mib(single[1] - single[0])}`,
        ],
        ...[mib(expected), `${((100 * bytes) / expected).toFixed(0)} %`],
      ]);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  console.log(`${count} frames; the work is an edit by tinytown in 50 steps\n`);
  printTable(rows);
}

const numbers = (list: string): number[] => list.split(",").map(Number);
const ms = (seconds: number | undefined): string => `${((seconds ?? 0) * 1000).toFixed(1)} ms`;

if (values.read) {
  console.log(JSON.stringify(await readIt(values.read, Number(values.size), values.chunks === "whole")));
} else if (values.pixels) {
  await printPixels(numbers(values.frames).at(-1)!);
} else if (values.one) {
  const made = await measure(Number(values.frames), values.chunks, Number(values.steps), Number(values.size));
  console.log(JSON.stringify(made));
} else if (values.sweep) {
  await sweep(numbers(values.frames)[0]!, numbers(values.chunks), Number(values.size));
} else {
  const rows = [
    [
      ...["frames", "at a time", "peak", "own", "compute", "expected", "state"],
      ...["encode", "step of invert", "of null-text", "step of edit", "decode", "of the least"],
    ],
  ];
  let least = Number.POSITIVE_INFINITY;
  for (const frames of numbers(values.frames)) {
    for (const chunk of values.chunks.split(",")) {
      const asked = ["--one", "--frames", `${frames}`, "--chunks", chunk];
      asked.push("--steps", values.steps, "--size", values.size, "--null-text", values["null-text"]);
      const made = await another<Measured>(...asked);
      const peak = made.own + made.compute;
      least = Math.min(least, peak);
      const { encode, invert: inverting, nullText: optimizing, edit: editing, decode } = made.seconds;
      rows.push([
        ...[String(frames), chunk, mib(peak), mib(made.own), mib(made.compute), mib(made.expected)],
        ...[mib(made.state), ms(encode), ms(inverting), ms(optimizing), ms(editing), ms(decode)],
        `${(peak / least).toFixed(2)}×`,
      ]);
    }
  }
  console.log(
    `tinytown at ${values.size}×${values.size}, ${values.steps} steps; seconds are for one frame\n`,
  );
  printTable(rows);
}
