/**
 * Where the time of the README's example goes.
 *
 *     npm run bench:speed
 */
import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { edit, invert, type Job, loadModel, type ProgressEvent, writeVideo } from "../src/index.ts";
import { exampleClip, printTable, SOURCE, TARGET } from "./clip.ts";

const seconds = new Map<string, number>();
const calls = new Map<string, number>();
const add = (name: string, value: number): void => {
  seconds.set(name, (seconds.get(name) ?? 0) + value);
  calls.set(name, (calls.get(name) ?? 0) + 1);
};
async function timed<T>(name: string, work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const result = await work();
  add(name, (performance.now() - start) / 1000);
  return result;
}
async function follow<T>(job: Job<ProgressEvent, T>): Promise<T> {
  for await (const event of job) if (event.type === "step") add(event.phase, event.seconds);
  return job;
}

const start = performance.now();
const folder = await mkdtemp(join(tmpdir(), "fatezero-bench-"));
const model = await timed("load model", () => loadModel("tinytown"));
const clip = await timed("read video", () => exampleClip(16));
const inversion = await follow(invert(model, clip, { prompt: SOURCE }));
const result = await follow(edit(model, inversion, { prompt: TARGET }));
await timed("write video", () => writeVideo(join(folder, "blue.mp4"), result.frames, { like: clip }));
const whole = (performance.now() - start) / 1000;
await model.close();
await rm(folder, { recursive: true });

const row = (name: string, label = name): string[] => {
  const total = seconds.get(name) ?? 0;
  return [
    label,
    String(calls.get(name) ?? 0),
    total.toFixed(2),
    ((1000 * total) / (calls.get(name) ?? 1)).toFixed(0),
  ];
};
const { build, load } = model.times;
const frames = clip.frames.length;
console.log(
  `README example: ${frames} frames of 128×128, 50 steps, tinytown, ${process.arch}, Node ${process.version}\n`,
);
printTable([
  ["", "calls", "seconds", "ms a call"],
  row("read video"),
  row("load model"),
  row("encode", "text and VAE encoder"),
  row("invert", "inversion steps (1 branch)"),
  row("edit", "edit steps (2 or 3 branches)"),
  row("decode", "VAE decoder"),
  row("write video"),
  ["whole edit", "", whole.toFixed(2), ""],
]);
console.log(`\nwithin these: graph build ${build.toFixed(2)} s, session load ${load.toFixed(2)} s`);
const perFrame = (1000 * (seconds.get("invert") ?? 0)) / (calls.get("invert") ?? 1) / frames;
console.log(`UNet, one frame of one branch: ${perFrame.toFixed(1)} ms (inversion)`);

const cli = fileURLToPath(new URL("../dist/cli/cli.js", import.meta.url));
const help = Array.from({ length: 5 }, () => {
  const begin = performance.now();
  execFileSync(process.execPath, [cli, "--help"]);
  return performance.now() - begin;
}).sort((a, b) => a - b);
console.log(`fatezero --help: ${help[2]!.toFixed(0)} ms (median of 5)`);
