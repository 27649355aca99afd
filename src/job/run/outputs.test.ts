import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import type { RunConfig } from "../../config/index.ts";
import type { JobEvent } from "../events.ts";
import { checkRunFolder, labelOf, outputsOf, SETTINGS_MARK, slugOf } from "./outputs.ts";

const root = await mkdtemp(join(tmpdir(), "fatezero outputs-"));
afterAll(() => rm(root, { recursive: true }));
const folder = join(root, "out");

const configOf = (prompts: readonly string[], output?: string): RunConfig => ({
  clip: { prompt: "a jeep", start: 0, stride: 1 },
  method: { steps: 2, compat: "fatezero", leastChannels: 0 },
  edits: prompts.map((prompt) => ({ knobs: { prompt }, warnings: [] })),
  audio: true,
  ...(output === undefined ? {} : { output }),
});

test.each([
  ["A Spider-Man  rides a skateboard, 2×!", "a-spider-man-rides-a-skateboard-2"],
  ["../../etc/passwd", "etc-passwd"],
  ["un café à l'été", "un-café-à-l-été"],
  ["一只黑猫", "一只黑猫"],
  ["???", "edit"],
  [`a ${"long ".repeat(20)}prompt`, "a-long-long-long-long-long-long-long-long-long"],
  ["x".repeat(90), "x".repeat(48)],
  ["一".repeat(90), "一".repeat(40)],
  ["𝒳".repeat(90), "𝒳".repeat(30)],
  ["-rm \u202E\u0007evil\u200B", "rm-evil"],
  ["\u0301 CON", "con"],
])("a prompt as a file name: %s", (prompt, slug) => {
  expect(slugOf(prompt)).toBe(slug);
});

describe("outputsOf", () => {
  test("a prompt's label is what the config wrote, on one line", () => {
    expect(labelOf(" a red  car\n  on a road\n")).toBe("a red  car on a road");
  });

  test("numbers the prompts, with as many digits as they need", () => {
    const names = (count: number) =>
      outputsOf("d", configOf(Array.from({ length: count }, () => "a car"))).map(({ name }) => name);
    expect(names(2)).toEqual(["00-a-car", "01-a-car"]);
    expect(names(101).at(-1)).toBe("100-a-car");
    expect(names(101)[0]).toBe("000-a-car");
  });

  test("takes the name that the config gives", () => {
    expect(outputsOf("d", configOf(["a car"], "blue.webm"))).toEqual([
      {
        name: "blue",
        video: join("d", "blue.webm"),
        frames: join("d", "blue/"),
        settings: join("d", "blue.yaml"),
      },
    ]);
    expect(outputsOf("d", configOf(["a car"], "blue"))[0]!.video).toBe(join("d", "blue.mp4"));
  });
});

describe("checkRunFolder", () => {
  let events: JobEvent[];
  const check = (prompts: readonly string[], input = join(root, "clip.mp4"), tuned: string | null = null) => {
    events = [];
    const report = (event: JobEvent) => events.push(event);
    const about = { input, frames: 3, tuned, report };
    return checkRunFolder(folder, outputsOf(folder, configOf(prompts)), about);
  };
  const fill = async (names: readonly string[]) => {
    for (const name of names) {
      if (name.endsWith("/")) await mkdir(join(folder, name), { recursive: true });
      else await writeFile(join(folder, name), name.endsWith(".yaml") ? `${SETTINGS_MARK} (0.1.0)` : "x");
    }
  };
  beforeEach(async () => {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder);
  });

  test("takes a folder that is new, empty, or one of results; leaves nothing behind", async () => {
    await check(["a car"]);
    await fill(["00-a-car.yaml", "00-a-car.mp4", "00-a-car/", "contact-sheet.png", ".DS_Store"]);
    await fill([".00-a-car.mp4.0123456789ab.tmp"]);
    await check(["a car"]);
    expect(events).toEqual([]);
    expect(await readdir(folder)).toHaveLength(6);
    await rm(folder, { recursive: true });
    await check(["a car"]);
    await expect(readdir(folder)).rejects.toThrow("ENOENT");
  });

  test("tells of results that stay", async () => {
    await fill(["01-a-bus.yaml", "01-a-bus.mp4", "01-a-bus/"]);
    await check(["a car"]);
    expect(events).toMatchObject([
      { code: "earlier-results", message: expect.stringContaining("01-a-bus, 01-a-bus.mp4, 01-a-bus.yaml") },
    ]);
  });

  test("takes the model that an earlier run has tuned, which this one replaces or leaves", async () => {
    const tuned = join(folder, "tuned");
    await fill(["tuned/", "tuned/unet/", "tuned/loss.png"]);
    await writeFile(join(tuned, "fatezero.json"), '{"tuned": {}}');
    await check(["a car"], undefined, tuned);
    expect(events).toEqual([]);
    await check(["a car"]);
    expect(events).toMatchObject([{ code: "earlier-results", message: expect.stringContaining("tuned") }]);
    await fill(["tuned/.fatezero.0123456789ab.tmp"]);
    await utimes(join(tuned, ".fatezero.0123456789ab.tmp"), 0, 0);
    await check(["a car"], undefined, tuned);
    await fill(["tuned/notes.txt"]);
    for (const where of [tuned, null])
      await expect(check(["a car"], undefined, where)).rejects.toThrow(/holds "tuned"/);
  });

  test("refuses a folder of that name with another model in it", async () => {
    await fill(["tuned/", "tuned/unet/", "tuned/model_index.json"]);
    await expect(check(["a car"], undefined, join(folder, "tuned"))).rejects.toThrow(/holds "tuned"/);
  });

  test.each([
    ["anything else", ["notes.txt"], /holds "notes.txt"/],
    ["a video without settings", ["00-a-car.mp4"], /holds "00-a-car.mp4"/],
  ])("refuses a folder with %s", async (_, names, message) => {
    await fill(names);
    await expect(check(["a car"])).rejects.toThrow(message);
  });

  test("refuses foreign settings, a file, the input, and the input among the results", async () => {
    await writeFile(join(folder, "other.yaml"), "a: 1");
    await expect(check(["a car"])).rejects.toThrow(/holds "other.yaml"/);
    await rm(join(folder, "other.yaml"));
    await fill(["00-a-car.yaml", "00-a-car/"]);
    await expect(check(["a car"], folder)).rejects.toThrow(/is the input/);
    await expect(check(["a car"], join(folder, "00-a-car"))).rejects.toThrow(/is the input/);
    await rm(folder, { recursive: true });
    await writeFile(folder, "x");
    await expect(check(["a car"])).rejects.toThrow(/is a file/);
  });

  test.each([
    ["that fits", 250, null],
    ["that has no room for its settings", 251, "has 256 bytes"],
  ])("looks at every name that a result %s will have", async (_, stem, said) => {
    const outputs = outputsOf(folder, configOf(["a car"], `${"x".repeat(stem - 1)}y.gif`));
    const checked = checkRunFolder(folder, outputs, { input: "x", frames: 3, report: () => {} });
    if (said === null) await checked;
    else
      await expect(checked).rejects.toMatchObject({
        code: "output-name",
        message: expect.stringContaining(said),
      });
  });

  test("refuses several frames in one image", async () => {
    const outputs = outputsOf(folder, configOf(["a car"], "a.png"));
    const checked = checkRunFolder(folder, outputs, { input: "x", frames: 3, report: () => {} });
    await expect(checked).rejects.toMatchObject({ code: "too-many-frames" });
  });
});
