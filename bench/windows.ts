/**
 * What windows do to a long clip on a model with layers over time: tinytown is tuned on the first frames of a clip whose perfect edit is
 * known, and that edit is made of all of it, at once and in windows of several sizes. Of each: PSNR in dB to the run at once, to the
 * perfect edit in the part that should change and to it in the rest; the flow-warp error over all pairs of frames, and over
 * those pairs that lie in what two windows share or on either side of a border, beside that of the run at once over the same pairs; the peak of both
 * processes, and seconds for a frame. Each is run in processes of its own.
 *
 *     npm run bench:windows -- --clip FOLDER [--frames 48] [--steps 10] [--windows "off;8:2;16:4;16:0"]
 *
 * FOLDER is one of clips with truth (test/clips/README.md); its frames are taken there and back as often as it takes. --tuned-on 8, --training 100 and --rate 3e-5
 * are the frames, the steps and the learning rate of the training, --model FOLDER takes a tuned model in its place; --out DIR keeps the frames
 * around the first border of the last windows in one picture.
 */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { planWindows, scenesOf } from "../src/attention/index.ts";
import {
  edit,
  type Frame,
  type FrameWindow,
  invert,
  loadModel,
  readVideo,
  saveTuned,
  tune,
  type Windowing,
  writeVideo,
} from "../src/index.ts";
import { clipFlow, type PixelWeight, psnr } from "../src/metrics/index.ts";
import { drawSheet } from "../src/picture/index.ts";
import { codecOf } from "../src/request/index.ts";
import { mib, printTable } from "./clip.ts";
import { warpOver } from "./seams.ts";

const { values } = parseArgs({
  options: {
    clip: { type: "string", default: "test/clips/car-road" },
    frames: { type: "string", default: "48" },
    steps: { type: "string", default: "10" },
    windows: { type: "string", default: "off;8:2;16:4;16:0" },
    "tuned-on": { type: "string", default: "8" },
    training: { type: "string", default: "100" },
    rate: { type: "string", default: "3e-5" },
    model: { type: "string" },
    out: { type: "string" },
    one: { type: "string" },
  },
});
const [count, steps] = [Number(values.frames), Number(values.steps)];

interface Truth {
  readonly prompt: string;
  readonly edits: readonly { readonly id: string; readonly prompt: string }[];
}
const { prompt, edits }: Truth = JSON.parse(await readFile(join(values.clip, "clip.json"), "utf8"));
const [{ id, prompt: target }] = edits as [Truth["edits"][number]];

async function framesIn(folder: string): Promise<Frame[]> {
  const { frames } = await readVideo(join(values.clip, folder), {});
  const around = [...frames, ...frames.toReversed()];
  return Array.from({ length: count }, (_, i) => around[i % around.length]!);
}

/** What a run took. */
interface Measured {
  readonly peak: number;
  /** Seconds of the inversion and of the edit. */
  readonly seconds: readonly [invert: number, edit: number];
}

/** Edits the clip by a tuned model in such windows, and writes the frames. */
async function measure(model: string, window: Windowing, out: string): Promise<Measured> {
  const tuned = await loadModel(model);
  const clip = { frames: await framesIn("source"), fps: 8 };
  const began = performance.now();
  const inversion = await invert(tuned, clip, { prompt, steps, window, scenes: "off" });
  const between = performance.now();
  const { frames } = await edit(tuned, inversion, { prompt: target });
  const ended = performance.now();
  const peak = process.resourceUsage().maxRSS * 1024 + (await tuned.engine.peakMemory());
  await tuned.close();
  await writeVideo(out, frames, { fps: 8 });
  return { peak, seconds: [(between - began) / 1000, (ended - between) / 1000] };
}

function windowingOf(text: string): Windowing {
  const read = codecOf({ kind: "frameWindow" }).read(text, { kind: "frameWindow" }, undefined);
  if ("fault" in read) throw new Error(`${text}: ${read.fault}`);
  return read.value as Windowing;
}

/** The first frames of the pairs that two windows share, or that a border lies between. */
function seamsOf(window: FrameWindow): ReadonlySet<number> {
  const chunks = planWindows({ list: [], blocks: 0 }, scenesOf(count), window);
  const pairs = chunks.slice(1).flatMap(({ from }, i) => {
    const end = chunks[i]!.to;
    return Array.from({ length: end - from + 1 }, (_, k) => from - 1 + k);
  });
  return new Set(pairs);
}

async function tunedModel(folder: string): Promise<string> {
  const base = await loadModel("tinytown");
  const frames = (await framesIn("source")).slice(0, Number(values["tuned-on"]));
  const began = performance.now();
  const training = { steps: Number(values.training), learningRate: Number(values.rate) };
  const tuning = await tune(base, { frames, fps: 8 }, { prompt, ...training });
  console.error(`tuned on ${frames.length} frames in ${((performance.now() - began) / 1000).toFixed(0)} s`);
  const out = join(folder, "tuned");
  await saveTuned(base, tuning, out);
  await base.close();
  return out;
}

async function compare(folder: string): Promise<void> {
  const model = values.model ?? (await tunedModel(folder));
  const [source, truth, before, after] = await Promise.all([
    framesIn("source"),
    framesIn(join(id, "frames")),
    framesIn("mask"),
    framesIn(join(id, "mask")),
  ]);
  const changed: PixelWeight = (f, i) =>
    Number(before[f]!.data[3 * i]! > 127 || after[f]!.data[3 * i]! > 127);
  const kept: PixelWeight = (f, i) => 1 - changed(f, i);
  const flow = await clipFlow(source);
  const runs: { text: string; window: Windowing; frames: readonly Frame[] }[] = [];
  const rows = [
    [
      ...["windows", "to the run at once", "changed part", "kept part", "warp error ·1e4", "at seams"],
      ...["at once there", "elsewhere", "peak", "invert, a frame", "edit, a frame"],
    ],
    ["the source itself", "–", psnr(source, truth, changed)!.toFixed(2), "–"].concat(
      warpOver(source, flow).toFixed(2),
      Array<string>(6).fill("–"),
    ),
  ];
  for (const text of values.windows.split(";")) {
    const out = join(folder, `${text.replace(":", "-")}/`);
    const asked = ["--one", out, "--windows", text, "--model", model, "--clip", values.clip];
    asked.push("--frames", values.frames, "--steps", values.steps);
    const file = fileURLToPath(import.meta.url);
    const { stdout } = await promisify(execFile)(process.execPath, [...process.execArgv, file, ...asked]);
    const { peak, seconds }: Measured = JSON.parse(stdout);
    const { frames } = await readVideo(out, {});
    const window = windowingOf(text);
    runs.push({ text, window, frames });
    const [first] = runs;
    const seams = typeof window === "object" ? seamsOf(window) : new Set<number>();
    const hasSeams = seams.size > 0;
    const there = (of: readonly Frame[]): string =>
      hasSeams ? warpOver(of, flow, (pair) => seams.has(pair)).toFixed(2) : "–";
    const row = [
      ...[text, runs.length === 1 ? "–" : psnr(first!.frames, frames)!.toFixed(2)],
      ...[psnr(frames, truth, changed)!.toFixed(2), psnr(frames, truth, kept)!.toFixed(2)],
      ...[warpOver(frames, flow).toFixed(2), there(frames), there(first!.frames)],
      ...[hasSeams ? warpOver(frames, flow, (pair) => !seams.has(pair)).toFixed(2) : "–", mib(peak)],
      ...seconds.map((spent) => `${(spent / count).toFixed(2)} s`),
    ];
    console.error(row.join("  "));
    rows.push(row);
  }
  const size = `${source[0]!.width}×${source[0]!.height}`;
  console.log(
    `tinytown, tuned on ${values["tuned-on"]} frames; ${count} of ${size}, ${steps} steps: ${target}\n`,
  );
  printTable(rows);
  if (values.out === undefined) return;
  const last = runs.at(-1)!.window;
  const [seam = 0] = typeof last === "object" ? seamsOf(last) : [];
  const shown = Array.from({ length: 8 }, (_, i) => Math.min(count - 1, Math.max(0, seam - 3) + i));
  const rowOf = (label: string, note: string, frames: readonly Frame[]) => ({
    ...{ label, note },
    frames: shown.map((f) => frames[f]!),
  });
  const sheet = drawSheet({
    title: `Frames ${shown[0]} to ${shown.at(-1)}`,
    rows: [
      rowOf("source", prompt, source),
      ...runs.map(({ text, frames }) => rowOf(text, target, frames)),
      rowOf("", "perfect edit", truth),
    ],
  });
  await writeVideo(join(values.out, "windows.png"), [sheet], { fps: 1 });
}

if (values.one !== undefined) {
  const made = await measure(values.model!, windowingOf(values.windows), values.one);
  console.log(JSON.stringify(made));
} else {
  const folder = await mkdtemp(join(tmpdir(), "fatezero-windows-"));
  await compare(folder).finally(() => rm(folder, { recursive: true }));
}
