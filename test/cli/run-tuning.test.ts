import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { readConfig } from "../../src/config/index.ts";
import { writeSafetensors } from "../../src/files/index.node.ts";
import { readSafetensors } from "../../src/files/index.ts";
import { faultsOf } from "../../src/job/event-schema.ts";
import type { JobEvent } from "../../src/job/events.ts";
import { runJob } from "../../src/job/run/run.ts";
import { loadModel } from "../../src/pipeline/index.node.ts";
import { resolveMethod } from "../../src/pipeline/index.ts";
import type { RunRequest } from "../../src/request/index.ts";
import { floatTensor } from "../../src/tensor/index.ts";
import { saveTuned } from "../../src/tune/index.node.ts";
import { tune } from "../../src/tune/index.ts";
import { readVideo, writeVideo } from "../../src/video/index.node.ts";
import { fixture } from "../support/fixtures.ts";
import { inProcess } from "./in-process.ts";
import { namesIn, runCli, SOURCE, workFolder } from "./run-cli.ts";

const folder = await workFolder();
const at = (...names: string[]): string => join(folder, ...names);
const file = at("config", "tune", "car.yaml");
const NAME = "00-a-red-bus-on-a-road-under-a-blue-sky";
const UNET = "unet/diffusion_pytorch_model.safetensors";

const framesIn = async (path: string) => (await readVideo(path)).frames.map(({ data }) => data);

/** Names of the weights of a model's UNet, and a hash of each: there are too many to compare one by one. */
async function weightsIn(path: string): Promise<Readonly<Record<string, string>>> {
  const { tensors } = await readSafetensors(join(path, UNET));
  const hash = (data: Uint8Array) => createHash("sha256").update(data).digest("hex");
  return Object.fromEntries(
    [...tensors].map(([name, { data }]) => [
      name,
      hash(new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
    ]),
  );
}

/** The fixture in the tests' own folder, changed. */
async function config(change: (text: string) => string): Promise<string> {
  const changed = at("config", "tune", "changed.yaml");
  await writeFile(changed, change(await readFile(file, "utf8")));
  return changed;
}

beforeAll(async () => {
  const { frames } = await readVideo("examples/car.mp4", {
    frames: 3,
    fit: () => ({ width: 64, height: 64 }),
  });
  await writeVideo(`${at("frames", "car")}/`, frames.slice(0, 2), { fps: 8 });
  // The released code wants more of them than the clip has frames.
  await writeVideo(`${at("frames", "class")}/`, frames, { fps: 8 });
  await mkdir(at("config", "tune"), { recursive: true });
  const text = await readFile(fixture("released/tune.yaml"), "utf8");
  await writeFile(
    file,
    text
      .replace("n_sample_frame: 8", 'n_sample_frame: 2, image_size: 64, class_data_root: "frames/class"')
      .replace("num_inference_steps: 50", "num_inference_steps: 2")
      .replace("guidance_scale: 7.5", "guidance_scale: 2")
      .replace("lora: 160", "lora: 4, least_sc_channel: 64")
      .replace("train_steps: 80", "train_steps: 2")
      .replace("learning_rate: 1e-5", "learning_rate: 1e-3"),
  );
});

describe("a tuning config of the authors' shape", () => {
  const out = at("out");
  const cache = { FATEZERO_CACHE: at("cache") };
  const eventsOf = ({ stdout }: { readonly stdout: string }) =>
    stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
  let events: ReturnType<typeof eventsOf>;

  beforeAll(async () => {
    const ended = await runCli(["run", file, "-o", out, "--json"], cache);
    expect(ended).toMatchObject({ code: 0 });
    events = eventsOf(ended);
  });

  test("is tuned, then inverted and edited with the model that is written beside the results", async () => {
    expect(events.flatMap(faultsOf)).toEqual([]);
    const phases = events.flatMap(({ type, phase }) => (type === "phase" ? [phase] : []));
    const order = phases.filter((phase) => ["plan", "tune", "invert", "edit"].includes(String(phase)));
    expect(order).toEqual(["tune", "invert", "edit"]);
    expect(await namesIn(out)).toEqual([NAME, `${NAME}.mp4`, `${NAME}.yaml`, "contact-sheet.png", "tuned"]);
    expect(await namesIn(join(out, "tuned"))).toEqual(
      expect.arrayContaining(["loss.png", "loss.svg", "unet"]),
    );
    const { tuned } = JSON.parse(await readFile(join(out, "tuned", "fatezero.json"), "utf8"));
    expect(tuned).toEqual({
      ...{ prompt: SOURCE, steps: 2, frames: 2, attend: [-1, "first"], leastChannels: 64, groupNorm: "clip" },
    });
  });

  test("the model is what the library makes of the same values", async () => {
    const model = await loadModel("tinytown");
    const clip = await readVideo(at("frames", "car"));
    const { frames: images } = await readVideo(at("frames", "class"));
    const tuning = await tune(model, clip, {
      ...{ prompt: SOURCE, steps: 2, learningRate: 1e-3, rank: 4, seed: 74831, size: 64 },
      ...{ attend: [-1, "first"], leastChannels: 64, compat: "fatezero" },
      classImages: { images, prompt: SOURCE },
    });
    await saveTuned(model, tuning, at("library"));
    await model.close();
    expect(await weightsIn(join(out, "tuned"))).toEqual(await weightsIn(at("library")));
  });

  test("other commands compute with it as it was tuned", async () => {
    await using tuned = await loadModel(join(out, "tuned"));
    expect(resolveMethod(tuned, {})).toEqual({
      attend: { frames: [-1, "first"], leastChannels: 64 },
      groupNorm: "clip",
      compat: null,
    });
  });

  test("a second run has the same results without tuning again; without its state it begins anew", async () => {
    const frames = await framesIn(join(out, NAME));
    const again = await runCli(["run", file, "-o", out], cache);
    expect(again).toMatchObject({ code: 0 });
    expect(again.stderr).toMatch(/^tuned .*tuned, by an earlier run$/m);
    expect(again.stderr).not.toMatch(/^Tuning/m);
    expect(await framesIn(join(out, NAME))).toEqual(frames);
    const stopped = new AbortController();
    await inProcess(async ({ session, events }) => {
      const report = (event: JobEvent): void => {
        session.report(event);
        if (event.type === "phase" && event.phase === "tune") stopped.abort(new Error("it tunes"));
      };
      const request = { config: file, out, resume: false };
      const anew = runJob(request, { ...session, signal: stopped.signal, report });
      await expect(anew).rejects.toThrow("it tunes");
      expect(events).toContainEqual({ type: "fact", name: "replaces", text: join(out, "tuned") });
    });
  });

  test("the settings beside a result name the tuned model, and make it again", async () => {
    const settings = join(out, `${NAME}.yaml`);
    const { config: alone, warnings } = readConfig(await readFile(settings, "utf8"), settings);
    expect(warnings).toEqual([]);
    expect([alone.model, alone.tuning]).toEqual([join(out, "tuned"), undefined]);
    await inProcess(({ session }) => runJob({ config: settings, out: at("again"), resume: false }, session));
    expect(await framesIn(at("again", NAME))).toEqual(await framesIn(join(out, NAME)));
    expect(await namesIn(at("again"))).not.toContain("tuned");
  });
});

describe("refusals come before any work", () => {
  const foreign = at("foreign");
  beforeAll(async () => {
    await mkdir(join(foreign, "tuned"), { recursive: true });
    await writeFile(join(foreign, "tuned", "notes.txt"), "mine");
    const layer = "unet.mid_block.attentions.0.transformer_blocks.0.attn1.to_q";
    await writeSafetensors(at("ink.safetensors"), {
      [`${layer}.lora_A.weight`]: floatTensor([1, 192]),
      [`${layer}.lora_B.weight`]: floatTensor([192, 1]),
    });
  });

  test.each<[string, (text: string) => string, Partial<RunRequest>, string, RegExp]>([
    [
      "class images that are nowhere",
      (text) => text.replace("frames/class", "frames/classes"),
      {},
      "input-missing",
      /class images "frames\/classes" that .* are nowhere: looked for .*config\/frames\/classes/,
    ],
    [
      "a folder of something else",
      (text) => text,
      { out: foreign },
      "output-not-replaceable",
      /holds "tuned"/,
    ],
    [
      "too little memory to tune",
      (text) => text,
      { maxMemory: 0.2 },
      "memory-too-small",
      /Tuning on 2 frames of 64x64 pixels takes/,
    ],
    [
      "modules that the model has not",
      (text) => `${text}trainable_modules: [attn9]\n`,
      {},
      "tune-module",
      /attn9/,
    ],
    [
      "a model that something was added to",
      (text) => `${text}fatezero: {lora: [${at("ink.safetensors")}]}\n`,
      {},
      "tune-adapted",
      /has a LoRA added/,
    ],
    [
      "a saved inversion",
      (text) => text,
      { input: fixture("inversions/tinytown-1.safetensors") },
      "inversion-differs",
      /tunes the model on the clip before it edits, and the saved inversion .* does not hold its video/,
    ],
    [
      "the tuned model of these results as the model to tune",
      (text) => text,
      { out: at("out"), model: at("out", "tuned") },
      "output-is-input",
      /is the input/,
    ],
    [
      "results in the tuned model's place",
      (text) => `${text}fatezero: {output: tuned.mp4}\n`,
      {},
      "config-value",
      /tuned/,
    ],
  ])("%s", async (_, change, options, code, message) => {
    const changed = await config(change);
    await inProcess(async ({ session, events }) => {
      const request = { config: changed, out: at("none"), resume: false, ...options };
      const error = await runJob(request, session).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
      const phases = events.flatMap((event) => (event.type === "phase" ? [event.phase] : []));
      expect(phases.filter((phase) => !["open", "prepare"].includes(phase))).toEqual([]);
    });
    expect(await namesIn(folder)).not.toContain("none");
    expect(await namesIn(join(foreign, "tuned"))).toEqual(["notes.txt"]);
  });
});
