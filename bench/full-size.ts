/**
 * Edits of test/clips, enlarged to 1920x1080 with a texture of their own, put into their originals (docs/any-size.md): how far
 * the colours of what was kept have drifted before and after they are matched, and whether the memory that this takes
 * grows with the frames.
 *
 *     npm run bench:full-size [-- --out DIR] [-- --memory]
 *
 * Drift is the CIEDE2000 difference of mean colours. "kept" is what the program fits by, at the model's size: outside the
 * mask. "around" is what it does not see: pixels that the edit covers and that the perfect edit leaves as they are.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { applyColors, matchColors } from "../src/edit/color-match.ts";
import {
  colorDrift,
  type EditResult,
  edit,
  type Frame,
  fullSize,
  type Inversion,
  invert,
  loadModel,
  meanMask,
  readVideo,
  resizeFrame,
  streamVideo,
  writeVideo,
} from "../src/index.ts";
import { mib, printTable } from "./clip.ts";
import { mean } from "./leave-one-out.ts";

const CLIPS = fileURLToPath(new URL("../test/clips", import.meta.url));
const NAMES = ["car-road", "duck-water", "house-grass", "snowman-snow"];
const [WIDTH, HEIGHT] = [1920, 1080];
const FRAMES = 3;
const STEPS = 10;
/** Colours are compared in one pixel of so many. */
const SAMPLED = 17;
/** Clips of so many frames are put into their originals one after the other, to compare what that takes. */
const LENGTHS = [4, 16];
/** Frames of a first one, which is not told: what it opens stays. */
const FIRST = 2;

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

const { values } = parseArgs({
  options: { out: { type: "string" }, memory: { type: "boolean", default: false } },
});

/** From 0 to 255, the same for the same place. */
function grain(x: number, y: number): number {
  const mixed = Math.imul(Math.imul(x, 374761393) ^ Math.imul(y, 668265263), 1274126177);
  return (mixed ^ (mixed >>> 15)) & 255;
}

/** The middle of a square scene, as wide as the picture, with fine lines and grain that the model cannot draw. */
function enlarged(scene: Frame, textured = true): Frame {
  const square = resizeFrame(scene, WIDTH, WIDTH);
  const top = (WIDTH - HEIGHT) / 2;
  const data = new Uint8Array(WIDTH * HEIGHT * 3);
  for (let y = 0, i = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      const lines = 8 * Math.sin(0.9 * x) + 8 * Math.sin(0.7 * y + 0.3 * x);
      const texture = textured ? lines + (grain(x, y) - 128) / 12 : 0;
      for (let c = 0; c < 3; c++, i++)
        data[i] = Math.min(255, Math.max(0, Math.round(square.data[top * WIDTH * 3 + i]! + texture)));
    }
  }
  return { width: WIDTH, height: HEIGHT, data };
}

async function framesIn(...names: string[]): Promise<readonly Frame[]> {
  return (await readVideo(join(CLIPS, ...names), { frames: FRAMES, stride: 2 })).frames;
}

async function collect<T>(frames: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const frame of frames) list.push(frame);
  return list;
}

const isWhite = ({ data }: Frame, i: number): boolean => data[3 * i]! > 127;

/** Drift of the kept pixels at the model's size: before, and after the match. */
function keptDrift(result: EditResult, originals: readonly Frame[]): [number, number] {
  const mask = meanMask(result.masks!);
  const [, h, w] = mask.shape as [number, number, number];
  const { width, height } = result.frames[0]!;
  const isKept = (f: number, i: number): boolean => {
    const [x, y] = [Math.floor(((i % width) * w) / width), Math.floor((Math.floor(i / width) * h) / height)];
    return mask.data[(f * h + y) * w + x]! === 0;
  };
  const source = originals.map((frame) => resizeFrame(frame, width, height));
  const matched = result.frames.map((frame, f) => {
    const kept = Float32Array.from({ length: width * height }, (_, i) => Number(isKept(f, i)));
    return applyColors(frame, matchColors(frame, source[f]!, kept));
  });
  const weight = (f: number, i: number): number => Number(isKept(f, i));
  return [colorDrift(source, result.frames, weight)!.mean, colorDrift(source, matched, weight)!.mean];
}

/** Drift where the edit covers what a perfect one leaves as it is. */
async function aroundDrift(
  inversion: Inversion,
  result: EditResult,
  originals: readonly Frame[],
  objects: readonly (readonly Frame[])[],
): Promise<[number, number, readonly Frame[]]> {
  const plain = await collect(fullSize(inversion, result, originals, { matchColors: false }));
  const matched = await collect(fullSize(inversion, result, originals));
  const isCovered = (f: number, i: number): boolean =>
    [0, 1, 2].some((c) => plain[f]!.data[3 * i + c] !== originals[f]!.data[3 * i + c]);
  const weight = (f: number, i: number): number =>
    Number(i % SAMPLED === 0 && isCovered(f, i) && !objects.some((frames) => isWhite(frames[f]!, i)));
  return [
    colorDrift(originals, plain, weight)?.mean ?? 0,
    colorDrift(originals, matched, weight)?.mean ?? 0,
    matched,
  ];
}

async function drifts(): Promise<void> {
  const model = await loadModel("tinytown");
  const rows: string[][] = [];
  const sums: number[][] = [];
  for (const name of NAMES) {
    const { prompt, edits } = JSON.parse(await readFile(join(CLIPS, name, "clip.json"), "utf8"));
    const originals = (await framesIn(name, "source")).map((frame) => enlarged(frame));
    const masks = (await framesIn(name, "mask")).map((frame) => enlarged(frame, false));
    const inversion = await invert(model, { frames: originals, fps: 8 }, { prompt, steps: STEPS });
    for (const { id, kind, prompt: target } of edits) {
      if (kind !== "attribute" && kind !== "shape") continue;
      const result = await edit(model, inversion, { prompt: target, keepMasks: true });
      const after = (await framesIn(name, id, "mask")).map((frame) => enlarged(frame, false));
      const kept = keptDrift(result, originals);
      const [before, matched, frames] = await aroundDrift(inversion, result, originals, [masks, after]);
      sums.push([...kept, before, matched]);
      rows.push([`${name}, ${kind}`, ...sums.at(-1)!.map((drift) => drift.toFixed(2))]);
      if (values.out) await writeVideo(`${join(values.out, `${name}-${kind}`)}/`, frames, { fps: 8 });
    }
  }
  await model.close();
  const means = [0, 1, 2, 3].map((k) => mean(sums.map((row) => row[k]!)).toFixed(2));
  printTable([["", "kept", "matched", "around", "matched"], ...rows, ["mean", ...means]]);
}

/** Bytes in use that nothing could free: buffers of decoded pictures are let go of in a turn of their own. */
async function inUse(): Promise<number> {
  await setImmediate();
  collectGarbage();
  await setImmediate();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

async function memory(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "fatezero-full-size-"));
  const model = await loadModel("tinytown");
  const rows: string[][] = [];
  try {
    const scene = (await framesIn("car-road", "source"))[1]!;
    const frame = enlarged(scene);
    for (const count of [FIRST, ...LENGTHS]) {
      const path = join(folder, `${count}.mp4`);
      const clip = async function* () {
        for (let i = 0; i < count; i++) yield frame;
      };
      await writeVideo(path, clip(), { fps: 24 });
      const small = await readVideo(path, { fit: () => ({ width: 128, height: 128 }) });
      const inversion = await invert(model, small, {
        prompt: "a red car on a road under a blue sky",
        steps: 2,
      });
      const result = await edit(model, inversion, {
        prompt: "a blue car on a road under a blue sky",
        keepMasks: true,
      });
      const before = await inUse();
      let most = 0;
      // What a video's encoder keeps of coded frames is not what is asked about.
      for await (const _frame of fullSize(inversion, result, streamVideo(path)))
        most = Math.max(most, (await inUse()) - before);
      if (count !== FIRST) rows.push([`${count} frames`, mib(most), mib(count * WIDTH * HEIGHT * 3)]);
    }
  } finally {
    await model.close();
    await rm(folder, { recursive: true, force: true });
  }
  printTable([["", "most in use above the start", "all frames at once would be"], ...rows]);
}

await (values.memory ? memory() : drifts());
