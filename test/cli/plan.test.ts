import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openPlanningModel, planEdit } from "../../src/index.ts";
import { runCli, SOURCE, TARGET, workFolder } from "./run-cli.ts";

const folder = await workFolder();

async function pairsFile(name: string, pairs: unknown): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, typeof pairs === "string" ? pairs : JSON.stringify(pairs));
  return file;
}

describe("fatezero plan", () => {
  test("tells how two sentences are read, and every setting that follows", async () => {
    const { code, stdout, stderr } = await runCli(["plan", "-s", SOURCE, "-t", TARGET]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain('edit       Replace, word for word: "red" becomes "blue".');
    expect(stdout).toContain("by the paper's choice for attribute edits");
    expect(stdout).toContain('Set --mask-threshold 0.3 to mask "car".');
    expect(stdout).toContain("alignment  a ← a, blue ← red, car ← car");
    expect(stdout).toContain("kind       attribute\n");
    expect(stdout).toContain('mask words "car", but no mask is used\n');
    expect(stdout).toContain("settings   --preset attribute --self-steps 0.8 --cross-steps 0.7");
  });

  test("takes another model's words and presets, and values set by hand", async () => {
    const knobs = ["--guidance", "3", "--steps", "20"];
    const target = "a (blue:1.5) car on a road under a blue sky";
    const { stdout } = await runCli([
      "plan",
      "-s",
      SOURCE,
      "-t",
      target,
      "--model",
      "tinytown",
      "--json",
      ...knobs,
    ]);
    const plan = JSON.parse(stdout);
    expect(plan).toMatchObject({ kind: "attribute", maskWords: ["car"], hasMask: true });
    expect(plan.settings).toMatchObject({ guidance: 3, steps: 20, amplify: [["blue", 1.5]] });
    expect(plan.arguments.join(" ")).toContain("--guidance 3 --model tinytown --steps 20");
  });

  test("of an input it tells what an edit takes, too, and computes nothing", async () => {
    const clip = ["plan", "examples/car.mp4", "-s", SOURCE, "-t", TARGET, "--steps", "10"];
    const { code, stdout } = await runCli([...clip, "--json"]);
    expect(code).toBe(0);
    const { needs, kind, model } = JSON.parse(stdout);
    expect({ kind, model }).toEqual({ kind: "attribute", model: "tinytown" });
    expect(needs).toMatchObject({ frames: 16, chunk: 9, inversionSteps: 10, editSteps: 10 });
    // 11 latents of 8 x 16 x 16 floats a frame, and in half precision the 8 x 8 word maps of 10 steps and 12 tokens.
    expect(needs.stateBytes).toBe(16 * (11 * 8 * 16 * 16 * 4 + 10 * 8 * 8 * 12 * 2));
    const less = JSON.parse((await runCli([...clip, "--json", "--max-memory", "690MB"])).stdout).needs;
    expect(less).toMatchObject({ allowedBytes: 690e6 });
    expect(less.chunk).toBeLessThan(9);
    expect(less.peakBytes).toBeLessThanOrEqual(690e6);
    // How an edit of it would attend stands with the other settings, and a clip may be described.
    const undescribed = ["plan", "examples/car.mp4", "-t", TARGET, "--frames", "2", "--attend", "0,first"];
    const own = JSON.parse((await runCli([...undescribed, "--json"])).stdout);
    expect(own).toMatchObject({ source: SOURCE, settings: { attend: [0, "first"] } });
    expect(own.arguments.join(" ")).toContain("--attend 0,first");
    const text = (await runCli([...clip, "--frames", "4"])).stdout;
    expect(text).toMatch(
      /needs +4 frames; steps: 10 of the inversion, 10 of editing; about \d+ MB of memory/,
    );
  });

  test.each([
    [["-s", SOURCE, "-t", TARGET, "--frames", "3"], "--frames would have no effect: without an input"],
    [
      ["-s", SOURCE, "-t", TARGET, "--max-memory", "4GB"],
      "--max-memory would have no effect: without an input",
    ],
    [["-s", SOURCE, "-t", TARGET, "--vae", "none"], "--vae would have no effect: without an input"],
    [["-s", SOURCE, "-t", TARGET, "--base", "none"], "--base would have no effect: without an input"],
    [["examples/car.mp4", "-s", SOURCE, "-t", TARGET, "--max-memory", "200MB"], "200 MB are allowed"],
    [["examples/car.mp4", "-s", SOURCE, "-t", TARGET, "--max-memory", "4 apples"], "size such as 4GB"],
  ])("refuses %j", async (args, text) => {
    const { code, stderr } = await runCli(["plan", ...args]);
    expect(code).not.toBe(0);
    expect(stderr).toContain(text);
  });

  test("plans many: one JSON object a line, in order, the ones that cannot be among them", async () => {
    const pairs = [
      { source: "A parrot sits on a branch", target: "An owl sits on a branch", note: "left alone" },
      { source: "a tent", target: Array.from({ length: 90 }, () => "tent").join(" ") },
      { source: "a tent in a meadow", target: "a watercolor painting of a tent in a meadow" },
      { source: "a tent", target: " " },
    ];
    const { code, stdout } = await runCli([
      "plan",
      "--pairs",
      await pairsFile("pairs.json", `\uFEFF${JSON.stringify(pairs)}`),
      "--json",
    ]);
    expect(code).toBe(1);
    const lines = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines).toMatchObject([
      { source: pairs[0]!.source, kind: "shape", maskWords: ["parrot"] },
      { target: pairs[1]!.target, error: { code: "prompt-too-long" } },
      { kind: "style", maskWords: [], hasMask: false },
      { error: { code: "empty-prompt", message: "The target of the pair is empty." } },
    ]);
  });

  test.each([
    ["no file", "missing.json", undefined, '" cannot be read. Check the path.'],
    ["no JSON", "cut.json", "[{", " is not JSON: "],
    ["no array", "object.json", {}, " holds no array."],
    ["no pairs", "empty.json", [], " holds no pairs."],
    [
      "an entry without a sentence",
      "entry.json",
      [{ source: "a", target: "b" }, { source: "a" }],
      'has no "target" with a sentence in entry 2 of 2',
    ],
    ["an entry that is no object", "list.json", [7], 'has no "source" with a sentence in entry 1 of 1'],
  ])("refuses a file with %s", async (_, name, content, message) => {
    const file = content === undefined ? join(folder, name) : await pairsFile(name, content);
    const { code, stdout, stderr } = await runCli(["plan", "--pairs", file]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain(message);
  });

  test("refuses a command line that lacks a sentence, or has what would do nothing", async () => {
    expect((await runCli(["plan"])).stderr).toContain(
      "required options '-s, --source <prompt>' and '-t, --target <prompt>' not specified",
    );
    const both = await runCli(["plan", "-s", "a tent", "--pairs", "x.json"]);
    expect(both).toMatchObject({ code: 2, stdout: "" });
    expect(both.stderr).toContain("--source would have no effect: --pairs names the sentences.");
    const blend = await runCli([
      "plan",
      "-s",
      "a tent",
      "-t",
      "an oil painting of a tent",
      "--mask-threshold",
      "0.3",
    ]);
    expect(blend.stderr).toContain("--mask-threshold would have no effect: no word makes a mask.");
    const absent = await runCli(["plan", "-s", "a tent", "-t", "a hut", "--amplify", "boat=2"]);
    expect(absent.code).toBe(1);
    expect(absent.stderr).toContain("boat");
  });
});

test("the library plans without a model's weights", async () => {
  const model = await openPlanningModel();
  const planned = await planEdit(model, { prompt: "a red rose", steps: 50 }, { prompt: "a blue rose" });
  expect(planned).toMatchObject({ preset: "attribute", hasMask: false, reading: { maskWords: ["rose"] } });
  expect(planned.plan.explanation).toContain('Set maskThreshold 0.3 to mask "rose".');
});
