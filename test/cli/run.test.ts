import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { readConfig } from "../../src/config/index.ts";
import { edit, invert } from "../../src/edit/index.ts";
import { faultsOf } from "../../src/job/event-schema.ts";
import { runJob } from "../../src/job/run/run.ts";
import { loadModel } from "../../src/pipeline/index.node.ts";
import type { RunRequest } from "../../src/request/index.ts";
import { inWords } from "../../src/say.ts";
import { readVideo, writeVideo } from "../../src/video/index.node.ts";
import type { Frame } from "../../src/video/index.ts";
import { fixture } from "../support/fixtures.ts";
import { editInProcess, inProcess } from "./in-process.ts";
import { namesIn, runCli, SOURCE, startCli, TARGET, toyClip, workFolder } from "./run-cli.ts";

const folder = await workFolder();
const at = (...names: string[]): string => join(folder, ...names);
const dataOf = (frames: readonly Frame[]) => frames.map(({ data }) => data);
const framesIn = async (path: string) => dataOf((await readVideo(path)).frames);

/** A fixture in the tests' own folder, with fewer steps. */
async function config(name: string, steps: number, change = (text: string): string => text): Promise<string> {
  const text = await readFile(fixture(`released/${name}`), "utf8");
  const file = at("config", "style", name);
  await mkdir(at("config", "style"), { recursive: true });
  await writeFile(file, change(text.replace(/(num_inference_steps: )\d+/, `$1${steps}`)));
  return file;
}

/** `fatezero run` in this process, without any state kept; the events that it reported. */
function run(file: string, options: Omit<RunRequest, "config">) {
  return inProcess(async ({ session, events }) => {
    await runJob({ config: file, resume: false, ...options }, session);
    return events;
  });
}

beforeAll(async () => {
  const { frames } = await readVideo("examples/car.mp4", { frames: 8 });
  await writeVideo(`${at("frames", "car")}/`, frames, { fps: 8 });
});

describe("a style config of the authors' shape", () => {
  const RED = "00-a-red-car-on-a-road-under-a-blue-sky";
  const WATER = "01-watercolor-painting-of-a-red-car-on-a-road-under";
  const out = at("style");
  let file: string;
  let ended: Awaited<ReturnType<typeof runCli>>;

  beforeAll(async () => {
    file = await config("style.yaml", 4);
    ended = await runCli(["run", file, "-o", out, "--json", "--no-resume"]);
  });

  test("gives a video, its frames and its settings for every prompt, and one contact sheet", async () => {
    expect(ended.code).toBe(0);
    expect(await namesIn(out)).toEqual(
      [...[RED, WATER].flatMap((name) => [name, `${name}.mp4`, `${name}.yaml`]), "contact-sheet.png"].sort(),
    );
    for (const name of [RED, WATER]) {
      expect(await namesIn(join(out, name))).toEqual(["00000.png", "00001.png", "00002.png", "00003.png"]);
      const video = await readVideo(join(out, `${name}.mp4`));
      // As the authors write them, although every other frame is taken.
      expect(video.fps).toBeCloseTo(10);
      expect(video.frames).toHaveLength(4);
    }
    const { frames } = await readVideo(join(out, "contact-sheet.png"));
    // Three rows of four tiles of 144 pixels, and the labels.
    expect(frames[0]!.width).toBeGreaterThan(4 * 144 + 100);
    expect(frames[0]!.height).toBeGreaterThan(3 * 144);
  });

  test("reports documented events: all plans before the work, each prompt before its edit", () => {
    const events = ended.stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
    expect(events.flatMap(faultsOf)).toEqual([]);
    expect(events.at(-1)).toMatchObject({ type: "result", output: out });
    const work = events.findIndex(({ type, phase }) => type === "phase" && phase === "read");
    const plans = events.flatMap(({ type, explanation }, i) => (type === "plan" ? [[i, explanation]] : []));
    expect(plans.map(([, explanation]) => String(explanation).split("\n")[0])).toEqual([
      `00 (1 of 2): ${SOURCE}`,
      "01 (2 of 2): watercolor painting of a red car  on a road under a blue sky",
    ]);
    expect(plans.every(([index]) => Number(index) < work)).toBe(true);
    const order = events.flatMap(({ type, name, phase }, i) =>
      type === "fact" && name === "prompt"
        ? [String(events[i]!.text).split(/[ :]/)[0]]
        : type === "phase" && phase === "edit"
          ? ["edit"]
          : [],
    );
    expect(order).toEqual(["source", "00", "edit", "01", "edit"]);
    const codes = events.flatMap(({ type, code }) => (type === "warning" ? [code] : []));
    expect(codes).toEqual(expect.arrayContaining(["config-ignored", "blend-without-words"]));
  });

  test("the settings beside a result make it again, from any folder", async () => {
    const settings = join(out, `${WATER}.yaml`);
    const { config: alone, warnings } = readConfig(await readFile(settings, "utf8"), settings);
    expect(warnings).toEqual([]);
    expect(alone.clip.path).toBe(at("frames", "car"));
    expect(alone.model).toBe(join(process.cwd(), "models/tinytown"));
    await run(settings, { out: at("again") });
    const again = at("again", WATER.replace("01", "00"));
    expect(await framesIn(again)).toEqual(await framesIn(join(out, WATER)));
  });

  test("is what the library computes from the same values", async () => {
    const model = await loadModel("tinytown");
    const clip = await readVideo(at("frames", "car"), { frames: 4, stride: 2 });
    const inversion = await invert(model, clip, {
      ...{ prompt: SOURCE, steps: 4, size: 128, compat: "fatezero" },
      ...{ attend: ["mid"], leastChannels: 64 },
    });
    const result = await edit(model, inversion, {
      prompt: "watercolor painting of a red car  on a road under a blue sky",
      crossSteps: [
        ["default_", 0.7],
        ["watercolor", [0, 0.4]],
      ],
      ...{ selfSteps: 0.8, align: "refine", amplify: { watercolor: 10 }, guidance: 7.5, maskWords: "none" },
    });
    await model.close();
    await writeVideo(`${at("library")}/`, result.frames, { fps: 8 });
    expect(await framesIn(at("library"))).toEqual(await framesIn(join(out, WATER)));
  });

  test("says in its results how they were made", async () => {
    const shown = await runCli(["show", join(out, `${RED}.mp4`)]);
    expect(shown.stdout).toMatch(/\nfatezero run \S.*style\.yaml'? -o /);
    expect(shown.stdout).toContain(out);
  });

  test("goes into the same folder again, from a video and at another size", async () => {
    const events = await run(file, { out, input: "examples/car.mp4", frames: 2, size: 96 });
    expect(events.some((event) => event.type === "warning" && event.code === "earlier-results")).toBe(false);
    const video = await readVideo(join(out, `${RED}.mp4`));
    // A video keeps its own rate, here 8, divided by the sampling rate.
    expect(video.fps).toBeCloseTo(4);
    expect(video.frames[0]).toMatchObject({ width: 96, height: 96 });
    const { config: used } = readConfig(await readFile(join(out, `${RED}.yaml`), "utf8"), "used");
    expect(used.clip).toMatchObject({ frames: 2, size: 96, path: join(process.cwd(), "examples/car.mp4") });
  });
});

test("equals fatezero edit --compat fatezero with the same values", async () => {
  const clip = await toyClip(at("toy"), 4, 192, 128);
  const file = at("toy.yaml");
  await writeFile(
    file,
    `
dataset_config: {path: "${clip}", prompt: ${SOURCE}, n_sample_frame: 2, start_sample_frame: 1, sampling_rate: 2, offset: {left: 8, bottom: 4}}
editing_config:
  num_inference_steps: 3
  guidance_scale: 5
  editing_prompts: [${TARGET}]
  p2p_config: {0: {cross_replace_steps: {default_: 0.7, blue: [0, 0.4]}, self_replace_steps: 0.6, eq_params: {words: [blue], values: [3]}}}
`,
  );
  await run(file, { out: at("toy-run") });
  const options =
    "--frames 2 --start 1 --stride 2 --crop 8,0,0,4 --steps 3 --guidance 5 --cross-steps default=0.7,blue=0-0.4 " +
    "--self-steps 0.6 --amplify blue=3 --compat fatezero";
  await editInProcess([clip, "-s", SOURCE, "-t", TARGET, "-o", `${at("toy-edit")}/`, ...options.split(" ")]);
  const [made] = (await namesIn(at("toy-run"))).filter((name) => !/\.|contact/.test(name));
  expect(await framesIn(at("toy-run", made!))).toEqual(await framesIn(at("toy-edit")));
});

describe("a shape config of the authors' shape", () => {
  test("says at which sizes the released code has its mask, before any work", async () => {
    const file = await config("shape.yaml", 3);
    const failed = await run(file, { out: at("no"), model: "tinytown" }).catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: "compat-mask-size" });
    expect(String(failed)).toMatch(
      /Prompt 1, "a red bus .*", asks for a mask of "car", and the released code has none at 128x128 pixels.*multiple of 32 from 288 to 512.*compat: false/,
    );
    expect(await namesIn(folder)).not.toContain("no");
  });

  test("runs at one of them, and warns of the words that no prompt has", async () => {
    const file = await config("shape.yaml", 3);
    const events = await run(file, { out: at("shape"), model: "tinytown", size: 288, frames: 2 });
    const warnings = events.flatMap((event) => (event.type === "warning" ? [inWords(event.message)] : []));
    const told = new Set(warnings.filter((text) => text.startsWith('"cat" is not a word')));
    expect([...told].map((text) => /the (\w+) prompt/.exec(text)![1])).toEqual(["source", "target"]);
    expect(await namesIn(at("shape"))).toHaveLength(7);
  });
});

describe("refusals come before any work", () => {
  test.each<[string, string, (text: string) => string, Partial<RunRequest>, RegExp | string]>([
    [
      "frames that are nowhere",
      "style.yaml",
      (text) => text.replace("frames/car", "frames/bus"),
      {},
      `The frames "frames/bus" that "${at("config/style/style.yaml")}" names are nowhere: looked for "${resolve("frames/bus")}", "${at("config/style/frames/bus")}", "${at("config/frames/bus")}", `,
    ],
    [
      "a model that is nowhere",
      "style.yaml",
      (text) => text.replace("./models/tinytown", "./ckpt/stable-diffusion-v1-4"),
      {},
      /model "\.\/ckpt\/stable-diffusion-v1-4" .* is in no folder near: .*Correct model, or run it from the folder/,
    ],
    ["more frames than there are", "style.yaml", (text) => text, { frames: 9 }, /has 8 frames|9 frames/],
    [
      "a window that cannot be",
      "style.yaml",
      (text) => text.replace("[0.0, 0.4]", "[0.0]"),
      {},
      /line \d+: .*watercolor/,
    ],
    [
      "a size of its own that the model does not take",
      "style.yaml",
      (text) => text.replace("stride: 80", "image_size: 100"),
      {},
      /style.yaml": the size 100 .* 96 or 128/,
    ],
    [
      "a knob of its own that would do nothing for any prompt",
      "style.yaml",
      (text) => `${text}\nfatezero: {compat: false, fuse_layers: all}\n`,
      {},
      /prompt 0: .*useLayers would have no effect: at 128x128 pixels every layer is fused already/,
    ],
    ["a size that the model does not take", "style.yaml", (text) => text, { size: 100 }, /multiple of 32/],
  ])("%s", async (_, name, change, options, message) => {
    const file = await config(name, 3, change);
    const { events, error } = await inProcess(async ({ session, events }) => {
      const error = await runJob({ config: file, out: at("none"), resume: false, ...options }, session).catch(
        (reason: unknown) => reason,
      );
      return { events, error };
    });
    expect(String(error)).toMatch(message);
    const early = ["open", "read", "prepare"];
    const phases = events.flatMap((event) => (event.type === "phase" ? [event.phase] : []));
    expect(phases.filter((phase) => !early.includes(phase))).toEqual([]);
    expect(await namesIn(folder)).not.toContain("none");
  });

  test("a config that is not there, on the command line", async () => {
    const failed = await runCli(["run", "no.yaml", "-o", at("none")]);
    expect(failed).toMatchObject({ code: 1, stdout: "" });
    expect(failed.stderr).toContain('The config "no.yaml" does not exist');
  });
});

test("the settings of a prompt leave out what its config has for the others alone", async () => {
  const recolored = (text: string): string => {
    const blue = text.replace(/prompts: \[\s*a red car/, (prompts) => prompts.replace("red", "blue"));
    return `${blue.replace("[2, 2]", "[0.3, 0.3]")}\nfatezero: {compat: false, mask_from: attention}\n`;
  };
  const file = await config("style.yaml", 2, recolored);
  const out = at("shared");
  await run(file, { out, frames: 1 });
  const [car, water] = (await namesIn(out)).filter((name) => name.endsWith(".yaml"));
  expect(await readFile(join(out, car!), "utf8")).toContain("mask_from");
  // Alone it would be refused: no word of a change of style makes a mask.
  expect(await readFile(join(out, water!), "utf8")).not.toContain("mask_from");
  await run(join(out, water!), { out: at("shared again") });
  const name = water!.replace(".yaml", "");
  expect(await framesIn(at("shared again", name.replace("01", "00")))).toEqual(
    await framesIn(join(out, name)),
  );
});

test("a run that is stopped goes on where it was, with the same frames", async () => {
  const file = await config("style.yaml", 8);
  const cache = { FATEZERO_CACHE: at("cache") };
  const args = ["run", file, "-o", at("stopped")];
  const running = startCli(args, cache);
  await running.said("prompt     01 (2 of 2)");
  running.child.kill("SIGINT");
  expect((await running.ended).code).toBe(130);
  // The first prompt is complete, of the second there is nothing.
  expect((await namesIn(at("stopped"))).map((name) => name.slice(0, 2))).toEqual(["00", "00", "00"]);

  const again = await runCli(args, cache);
  expect(again.code).toBe(0);
  expect(again.stderr).toContain("the inversion is taken from an earlier run");
  expect(again.stderr).toContain("the edit is taken from an earlier run");
  await run(file, { out: at("whole") });
  const names = await namesIn(at("whole"));
  expect(await namesIn(at("stopped"))).toEqual(names);
  for (const name of names.filter((entry) => !entry.includes(".")))
    expect(await framesIn(at("stopped", name))).toEqual(await framesIn(at("whole", name)));
});
