/** Windows of a model with layers over time, as a user asks for them: what is computed, what is told and kept, what is refused. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { editJob } from "../../src/job/edit.ts";
import type { JobEvent } from "../../src/job/events.ts";
import { loadInversion } from "../../src/job/inversion-file.ts";
import { printConfig } from "../../src/job/print-config.ts";
import { inWords } from "../../src/say.ts";
import { readVideo } from "../../src/video/index.node.ts";
import { writeRandomCheckpoint } from "../support/random-checkpoint.ts";
import { TINY_SD } from "../support/small-checkpoint.ts";
import { inProcess, parseEdit } from "./in-process.ts";
import { runCli, SOURCE, TARGET, toyClip, workFolder } from "./run-cli.ts";

/** Frames that the UNet was given in each of its runs. */
const framesAtOnce = vi.hoisted((): number[] => []);
vi.mock("../../src/runtime/process.node.ts", async (original) => {
  const real = await original<typeof import("../../src/runtime/process.node.ts")>();
  return {
    ...real,
    startProcess: (...how: Parameters<typeof real.startProcess>) => {
      const child = real.startProcess(...how);
      const ask: typeof child.ask = (request, signal) => {
        // Only the UNet's latents have an axis of frames: [branches, frames, …].
        const shape = request.kind === "run" ? request.feeds.latents?.shape : undefined;
        if (shape?.length === 5) framesAtOnce.push(shape[1]!);
        return child.ask(request, signal);
      };
      return { ...child, ask };
    },
  };
});
beforeEach(() => {
  framesAtOnce.length = 0;
});

const folder = await workFolder();
const at = (name: string): string => join(folder, name);
const [short, long] = [await toyClip(folder, 2), await toyClip(await workFolder(), 18, 32, 32)];
await writeRandomCheckpoint(at("base"), TINY_SD);
const training = [
  "-p",
  SOURCE,
  "--model",
  at("base"),
  "--size",
  "32",
  "--learning-rate",
  "1e-2",
  "--rank",
  "8",
];
const trained = await runCli(["tune", short, ...training, "--steps", "2", "-o", at("tuned/")]);
if (trained.code !== 0) throw new Error(trained.stderr);

const method = ["--steps", "1", "--size", "32", "--no-resume"];
const base = ["-s", SOURCE, "-t", TARGET, "--guidance", "1", ...method];

async function edited(name: string, ...options: readonly string[]) {
  const out = `${at(name)}/`;
  const request = await parseEdit([long, ...base, "--model", at("tuned"), "-o", out, ...options]);
  const events = await inProcess(async (watched) => {
    await editJob(request, watched.session);
    return watched.events;
  });
  return { data: (await readVideo(out)).frames.map((frame) => frame.data), events };
}

const argumentsIn = (events: readonly JobEvent[]): string =>
  events.flatMap((event) => (event.type === "settings" ? event.arguments : [])).join(" ");
const needs = (events: readonly JobEvent[]): string =>
  events.flatMap((event) =>
    event.type === "fact" && event.name === "needs" ? [inWords(event.text)] : [],
  )[0]!;

describe("--window", () => {
  test("bounds what is computed at once, is told before the work, and makes the result again", async () => {
    const auto = await edited("auto");
    expect(needs(auto.events)).toMatch(/^18 frames, in windows of 16 frames, 4 shared;/);
    expect(argumentsIn(auto.events)).toContain("--window 16:4");
    // Two windows of eleven frames.
    expect(new Set(framesAtOnce)).toEqual(new Set([11]));
    const again = await edited("again", "--window", "16");
    expect(again.data).toEqual(auto.data);
    framesAtOnce.length = 0;
    const off = await edited("off", "--window", "off");
    expect(new Set(framesAtOnce)).toEqual(new Set([18]));
    expect(argumentsIn(off.events)).toContain("--window off");
    expect(needs(off.events)).toMatch(/^18 frames; /);
    expect(off.data).not.toEqual(auto.data);
    // Of as many frames as the clip has they are the clip.
    const one = await edited("one", "--window", "18:0");
    expect(one.data).toEqual(off.data);
  });

  test("is kept in a saved inversion, to which its edits keep", async () => {
    const file = at("car.safetensors");
    const inverting = ["invert", long, "-s", SOURCE, ...method, "--model", at("tuned")];
    const made = await runCli([...inverting, "--window", "8:2", "-o", file]);
    expect(made.code, made.stderr).toBe(0);
    expect((await loadInversion(file)).settings.window).toEqual({ frames: 8, overlap: 2 });
    const editing = ["edit", file, "-t", TARGET, "--model", at("tuned"), "--guidance", "1", "--no-resume"];
    const kept = await runCli([...editing, "-o", at("kept.gif")]);
    expect(kept.code, kept.stderr).toBe(0);
    expect(kept.stderr).toContain("in windows of 8 frames, 2 shared");
    const other = await runCli([...editing, "--window", "off", "-o", at("other.gif")]);
    expect(other.code).toBe(2);
    expect(other.stderr).toContain("--window off does not fit");
    expect(other.stderr).toContain("was made with 8:2");
  });

  test("stands in a config, and is read there", async () => {
    const options = ["--model", at("tuned"), "-o", "x.mp4", "--window", "8"];
    const request = await parseEdit([long, ...base, ...options]);
    const config = await inProcess(({ session }) => printConfig(request, session));
    expect(config).toContain("window: 8:2");
    await writeFile(at("car.yaml"), config);
    const run = await runCli(["run", at("car.yaml"), "--no-resume", "-o", at("run/")]);
    expect(run.code, run.stderr).toBe(0);
    expect(run.stderr).toContain("18 frames, in windows of 8 frames, 2 shared");
    await writeFile(at("wrong.yaml"), config.replace("window: 8:2", "window: 8:9"));
    const wrong = await runCli(["run", at("wrong.yaml"), "--no-resume", "-o", at("wrong/")]);
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toContain('fatezero.window is "8:9". It should be auto, off, or frames');
  });

  test("is told by a plan", async () => {
    const plan = ["plan", long, "-s", SOURCE, "-t", TARGET, "--model", at("tuned"), "--size", "32"];
    const { stdout, stderr } = await runCli(plan);
    expect(stdout + stderr).toContain("18 frames, in windows of 16 frames, 4 shared");
    const json = await runCli([...plan, "--window", "8", "--json"]);
    const { needs: told, arguments: asEdit } = JSON.parse(json.stdout);
    expect(told).toMatchObject({ chunk: 8, window: { frames: 8, overlap: 2 } });
    expect(asEdit.join(" ")).toContain("--window 8:2");
  });

  test("allows cuts by hand, which the whole clip at once does not", async () => {
    await expect(edited("cut", "--scenes", "5", "--window", "off")).rejects.toThrow(
      "scenes would have no effect: the layers over time of",
    );
    await edited("scenes", "--scenes", "5");
    expect(new Set(framesAtOnce)).toEqual(new Set([5, 13]));
  });

  test("is refused where it would have no effect, and where it is none", async () => {
    await expect(edited("no", "--window", "8", "--model", at("base"))).rejects.toThrow(
      /window 8:2 would have no effect: .* has no layers over time/,
    );
    await expect(edited("no", "--window", "8", "--compat", "fatezero")).rejects.toThrow(
      "window 8:2 would have no effect: statistics are over the clip",
    );
    await expect(edited("no", "--chunk", "2")).rejects.toThrow(
      /chunk would have no effect, as the layers over time of .* take a whole window: 11 frames/,
    );
    await expect(edited("no", "--window", "8", "--method", "ddim")).rejects.toThrow(
      "window would have no effect with method ddim",
    );
    for (const wrong of ["8:8", "0", "some", "8:2:1"])
      await expect(edited("no", "--window", wrong)).rejects.toThrow(
        'It must be "auto", "off", or the frames',
      );
    const inverting = [
      "invert",
      long,
      "-s",
      SOURCE,
      ...method,
      "--model",
      at("tuned"),
      "-o",
      at("x.safetensors"),
    ];
    const refused = await runCli([...inverting, "--null-text", "1", "--window", "8"]);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("--window 8:2 does not go with --null-text");
  });
});
