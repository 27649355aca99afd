import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { explainError, FateZeroError } from "../../src/errors.ts";
import { editJob } from "../../src/job/edit.ts";
import { faultsOf } from "../../src/job/event-schema.ts";
import { printConfig } from "../../src/job/print-config.ts";
import { runJob } from "../../src/job/run/run.ts";
import { flagNames } from "../../src/request/index.ts";
import { inWords } from "../../src/say.ts";
import { readVideo, writeVideo } from "../../src/video/index.node.ts";
import { editInProcess, inProcess, parseEdit } from "./in-process.ts";
import { type Ended, namesIn, runCli, SOURCE, startCli, TARGET, toyClip, workFolder } from "./run-cli.ts";

const folder = await workFolder();
const clip = await toyClip(folder);
const at = (name: string): string => join(folder, name);
const GREEN = TARGET.replace("blue", "green");
const WATER = `watercolor painting of ${SOURCE}`;
const few = ["--steps", "2", "--frames", "2"];
const line = [clip, "-s", SOURCE, ...few];

type Event = { readonly type: string; readonly [key: string]: unknown };
const eventsOf = ({ stdout }: Ended): Event[] =>
  stdout
    .trimEnd()
    .split("\n")
    .map((text) => JSON.parse(text) as Event);

const framesIn = async (path: string) => (await readVideo(path)).frames.map(({ data }) => data);

describe("several targets", () => {
  let run: Ended;
  let events: Event[];
  const results = [at("out-1-blue.mp4"), at("out-2-watercolor-painting-of-red.mp4")];
  const sheet = at("out-contact-sheet.png");

  beforeAll(async () => {
    await writeFile(results[0]!, "an older result");
    run = await runCli(["edit", ...line, "-t", TARGET, "-t", WATER, "-o", at("out.mp4"), "--json"]);
    events = eventsOf(run);
  });

  test("are edits of one inversion, told by documented events", () => {
    expect(run.code).toBe(0);
    expect(events.flatMap(faultsOf)).toEqual([]);
    const phases = events.flatMap(({ type, phase }) => (type === "phase" ? [phase] : []));
    expect(phases.filter((phase) => phase === "invert")).toHaveLength(1);
    expect(phases.filter((phase) => phase === "edit")).toHaveLength(2);
    const facts = (name: string) => events.flatMap((event) => (event.name === name ? [event.text] : []));
    expect(facts("result")).toEqual(results);
    expect(facts("sheet")).toEqual([sheet]);
    expect(facts("replaces")).toEqual([results[0]]);
    expect(facts("prompt")).toEqual([`1 of 2: ${TARGET}`, `2 of 2: ${WATER}`]);
    expect(facts("needs")).toEqual([expect.stringContaining("2 of the inversion, 4 of editing")]);
    const plans = events.flatMap(({ type, explanation }) => (type === "plan" ? [String(explanation)] : []));
    expect(plans.map((text) => text.split("\n")[0])).toEqual([`1 of 2: ${TARGET}`, `2 of 2: ${WATER}`]);
    expect(events.at(-1)).toMatchObject({ type: "result", output: sheet });
  });

  test("give the bytes that each gives alone, and say of themselves how that is made", async () => {
    await editInProcess([...line, "-t", TARGET, "-o", at("blue.mp4")]);
    await editInProcess([...line, "-t", WATER, "-o", at("water.mp4")]);
    expect(await readFile(results[0]!)).toEqual(await readFile(at("blue.mp4")));
    expect(await readFile(results[1]!)).toEqual(await readFile(at("water.mp4")));
    const shown = await runCli(["show", results[0]!, "--json"]);
    const own: string[] = JSON.parse(shown.stdout).arguments;
    expect(own.filter((word) => word === "-t" || word === "--target")).toHaveLength(1);
    expect(own).not.toContain(WATER);
  });

  test("are shown in one picture, which says how all are made", async () => {
    const [picture] = (await readVideo(sheet)).frames;
    // Three rows of two tiles of 144 pixels, with gaps of 4 and margins of 16, and the labels.
    expect(picture!.width).toBeGreaterThan(2 * 144 + 4 + 32 + 20);
    expect(picture!.width).toBeLessThan(2 * 144 + 4 + 32 + 180);
    expect(picture!.height).toBeGreaterThan(3 * 144 + 8 + 32);
    expect(picture!.height).toBeLessThan(3 * 144 + 8 + 32 + 60);
    const data = JSON.parse((await runCli(["show", sheet, "--json"])).stdout);
    expect(data.what).toBe("a contact sheet of a clip and 2 edits of it");
    expect(data.arguments).toEqual(expect.arrayContaining([TARGET, WATER, at("out.mp4")]));
    const again = events.find(({ type }) => type === "settings")!.arguments as string[];
    const shown = data.arguments.map((word: string) => (word === "-o" ? "--out" : word));
    expect(again.toSorted()).toEqual(shown.toSorted());
  });
});

test("a sweep and targets go into a folder: a video and lossless frames for each, and the sheet", async () => {
  const out = `${at("grid")}/`;
  const sweep = ["--sweep", "self-steps=0.2,0.8"];
  await editInProcess([...line, "-t", TARGET, "-t", GREEN, ...sweep, "-o", out]);
  const names = ["blue", "green"].flatMap((colour, i) =>
    ["0.2", "0.8"].map((share, k) => `${2 * i + k + 1}-${colour}-self-steps-${share}`),
  );
  expect(await namesIn(out)).toEqual(
    [...names.flatMap((name) => [name, `${name}.mp4`]), "contact-sheet.png"].sort(),
  );
  await editInProcess([...line, "-t", GREEN, "--self-steps", "0.8", "-o", `${at("alone")}/`]);
  expect(await framesIn(at(`grid/${names[3]}`))).toEqual(await framesIn(at("alone")));
  expect(await namesIn(at(`grid/${names[3]}`))).toEqual(["00000.png", "00001.png"]);
  const shown = await runCli(["show", out, "--json"]);
  expect(JSON.parse(shown.stdout).arguments).toEqual(
    expect.arrayContaining(["--sweep", "self-steps=0.2,0.8", out]),
  );
  // The same folder again: what is there is replaced.
  await editInProcess([...line, "-t", TARGET, "-t", GREEN, ...sweep, "-o", out]);
});

test("an image is edited into images", async () => {
  const { frames } = await readVideo(clip, { frames: 1 });
  await writeVideo(at("still.png"), frames, { fps: 1 });
  const still = [at("still.png"), "-s", SOURCE, "--steps", "2"];
  await editInProcess([...still, "-t", TARGET, "-t", GREEN, "-o", at("still-edit.png")]);
  for (const name of ["still-edit-1-blue.png", "still-edit-2-green.png", "still-edit-contact-sheet.png"])
    expect(await namesIn(folder)).toContain(name);
});

test("regions, masks and what is shown beside go with every target", async () => {
  const more = ["--region", "car:a yellow car", "--compare", at("both.png"), "--live", at("live.png")];
  const still = [clip, "-s", SOURCE, "--steps", "2", "--frames", "1", "--live-every", "1"];
  const targets = ["-t", `${SOURCE} at night`, "-t", WATER];
  await editInProcess([...still, ...targets, ...more, "-o", at("parts.png")]);
  const names = await namesIn(folder);
  expect(names.filter((name) => name.startsWith("both"))).toEqual([
    "both-1-at-night.png",
    "both-2-watercolor-painting-of.png",
  ]);
  expect(names).toContain("live.png");
});

test("an edit that fails does not keep the others from being made; the exit code is 1", async () => {
  const args = ["edit", ...line, "-t", TARGET, "-t", GREEN, "-o", at("hurt.mp4")];
  const running = startCli(args, { FATEZERO_CACHE: at("cache") });
  await running.said("Inverting");
  // After all checks, something takes the place of a result.
  await mkdir(at("hurt-1-blue.mp4"));
  await writeFile(at("hurt-1-blue.mp4/kept"), "");
  const { code, stdout, stderr } = await running.ended;
  expect(code).toBe(1);
  expect(stderr).toContain(`1 of 2: ${TARGET}: `);
  expect(stdout).toBe(`${at("hurt-2-green.mp4")}\n${at("hurt-contact-sheet.png")}\n`);
  expect((await readVideo(at("hurt-2-green.mp4"))).frames).toHaveLength(2);
  expect(await namesIn(at("hurt-1-blue.mp4"))).toEqual(["kept"]);
});

test("what was stopped goes on: the inversion and edits that are done are not made again", async () => {
  const args = ["edit", clip, "-s", SOURCE, "--frames", "2", "--steps", "16", "-t", TARGET, "-t", GREEN];
  const again = [...args, "-o", at("stopped.mp4"), "--json"];
  const env = { FATEZERO_CACHE: at("cache") };
  const running = startCli(again, env);
  await running.said(`result     ${at("stopped-1-blue.mp4")}`);
  running.child.kill("SIGINT");
  expect((await running.ended).code).toBe(130);
  expect(await namesIn(folder)).toContain("stopped-1-blue.mp4");
  expect(await namesIn(folder)).not.toContain("stopped-contact-sheet.png");
  const rest = await runCli(again, env);
  expect(rest.code).toBe(0);
  const steps = eventsOf(rest).flatMap(({ type, phase }) => (type === "step" ? [phase] : []));
  expect(steps).not.toContain("invert");
  expect(steps.filter((phase) => phase === "edit").length).toBeLessThanOrEqual(16);
});

test("a preview shows all of them in one picture", async () => {
  const args = ["edit", clip, "-s", SOURCE, "-t", TARGET, "-t", GREEN, "--steps", "2", "--frames", "2"];
  const run = await runCli([...args, "-o", `${at("look")}/`, "--preview", "--json"]);
  const events = eventsOf(run);
  expect(events.at(-1)).toMatchObject({ type: "result", output: at("look.preview.png") });
  expect(events.filter(({ type, phase }) => type === "phase" && phase === "invert")).toHaveLength(1);
  const [picture] = (await readVideo(at("look.preview.png"))).frames;
  expect(picture!.height).toBeGreaterThan(3 * 144);
  expect(await namesIn(folder)).not.toContain("look");
});

describe("--print-config", () => {
  const printed = async (args: readonly string[]): Promise<string> => {
    const request = await parseEdit([...line, ...args, "-o", at("config.mp4")]);
    return inProcess(({ session }) => printConfig(request, session));
  };

  test("of several edits is a config of which a run makes the same frames", async () => {
    const text = await printed(["-t", TARGET, "-t", GREEN, "--sweep", "self-steps=0.2,0.8"]);
    expect(text).toContain("--sweep is left out: a config has an edit for each value.");
    await writeFile(at("config.yaml"), text);
    const request = { config: at("config.yaml"), out: at("config-run"), resume: false };
    await inProcess(({ session }) => runJob(request, session));
    const made = (await namesIn(at("config-run"))).filter((name) => /^\d+-[^.]*$/.test(name));
    expect(made).toHaveLength(4);
    expect(await framesIn(at(`config-run/${made[3]}`))).toEqual(
      await framesIn(at("grid/4-green-self-steps-0.8")),
    );
  });

  test("is refused where a config has one value for what they differ in", async () => {
    await expect(printed(["-t", TARGET, "--sweep", "guidance=1,5"])).rejects.toThrow(
      "These 2 edits have no config: it has one guidance for all of its prompts, and theirs differ.",
    );
  });
});

describe("fatezero plan", () => {
  test("plans every target, and tells what all take together", async () => {
    const args = ["plan", "examples/car.mp4", "-s", SOURCE, "-t", TARGET, "-t", GREEN, "--steps", "10"];
    const run = await runCli([...args, "--sweep", "strength=0.3,0.6", "--json"]);
    const plans = eventsOf(run);
    expect(plans.map(({ target, needs }) => [target, (needs as { editSteps: number }).editSteps])).toEqual(
      [TARGET, TARGET, GREEN, GREEN].map((target) => [target, 40]),
    );
    const text = (await runCli(args)).stdout;
    expect(text.match(/^needs /gm)).toHaveLength(1);
    expect(text).toContain("10 of the inversion, 20 of editing");
  });

  test("tells a target that cannot be planned in its place, and needs no clip", async () => {
    const args = ["plan", "-s", SOURCE, "-t", TARGET, "-t", GREEN, "--amplify", "green=2", "--json"];
    const { code, stdout } = await runCli(args);
    expect(code).toBe(1);
    const plans = stdout
      .trimEnd()
      .split("\n")
      .map((text) => JSON.parse(text));
    expect(plans).toMatchObject([
      { target: TARGET, error: { code: expect.any(String) } },
      { kind: "attribute" },
    ]);
  });
});

test.each<[string[], string]>([
  [["-t", TARGET, "-t", TARGET], `"${TARGET}" was given twice.`],
  [["-t", TARGET, "--sweep", "seed=1,2"], '"seed" is none of the options that it takes'],
  [
    ["-t", TARGET, "--self-steps", "0.5", "--sweep", "self-steps=0.1,0.2"],
    "--self-steps would have no effect",
  ],
  [["-t", TARGET, "-t", GREEN, "--method", "ddim"], "--method ddim is for one edit, and 2 of one inversion"],
  [["-t", TARGET, "-t", GREEN, "--crop", "auto"], "--crop auto is for one edit"],
  [
    ["-t", TARGET, "-t", GREEN, "--remove", "car"],
    "--target would have no effect: a removal makes its target",
  ],
  [["-t", TARGET, "-t", WATER, "--mask-threshold", "0.4"], `Edit 2 of 2: ${WATER}: --mask-threshold`],
  [["-t", TARGET, "-t", GREEN, "-o", "CLIP"], "is the input"],
])("%j is refused before any work", async (args, message) => {
  const given = args.map((arg) => (arg === "CLIP" ? clip : arg));
  const refused = editInProcess([...line, "-o", at("refused.mp4"), ...given]).catch((error: unknown) =>
    error instanceof FateZeroError ? explainError(error, flagNames("edit")).what : String(error),
  );
  expect(await refused).toContain(message);
  expect((await namesIn(folder)).filter((name) => name.startsWith("refused"))).toEqual([]);
});

test("a fault of the program in one edit ends the job", async () => {
  const request = await parseEdit([...line, "-t", TARGET, "-t", GREEN, "-o", at("fault.mp4"), "--no-resume"]);
  const failing = inProcess(({ session }) => {
    const report = (event: Parameters<typeof session.report>[0]): void => {
      if (event.type === "fact" && event.name === "prompt" && inWords(event.text).startsWith("2"))
        throw new TypeError("a fault");
    };
    return editJob(request, { ...session, report });
  });
  await expect(failing).rejects.toThrow(TypeError);
});
