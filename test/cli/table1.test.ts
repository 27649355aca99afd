/** `fatezero bench table1` as a user runs it, on a small clip with a perfect edit. */
import { readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readVideo, writeVideo } from "../../src/video/index.node.ts";
import type { Frame } from "../../src/video/index.ts";
import { runCli, SOURCE, TARGET, workFolder } from "./run-cli.ts";

const folder = await workFolder();
const at = (...names: string[]): string => join(folder, ...names);

/** Two frames in which a square of one colour moves over a ground. */
function frames(square: readonly number[], ground: readonly number[]): Frame[] {
  return [0, 1].map((f) => {
    const data = new Uint8Array(64 * 64 * 3);
    for (let i = 0; i < 64 * 64; i++) {
      const [x, y] = [i % 64, Math.floor(i / 64)];
      const isInside = x >= 16 + 4 * f && x < 40 + 4 * f && y >= 24 && y < 48;
      data.set(isInside ? square : ground.map((level, k) => level + (k === 0 ? y : 0)), 3 * i);
    }
    return { width: 64, height: 64, data };
  });
}

const save = (path: string, all: Frame[]) => writeVideo(`${path}/`, all, { fps: 8 });
await save(at("clips", "car", "source"), frames([200, 30, 30], [60, 120, 60]));
await save(at("clips", "car", "mask"), frames([255, 255, 255], [0, 0, 0]).map(onlyWhite));
await save(at("clips", "car", "0_blue", "frames"), frames([30, 30, 200], [60, 120, 60]));
await writeFile(
  at("clips", "car", "clip.json"),
  JSON.stringify({ prompt: SOURCE, edits: [{ id: "0_blue", kind: "attribute", prompt: TARGET }] }),
);

function onlyWhite({ width, height, data }: Frame): Frame {
  return { width, height, data: data.map((level) => (level === 255 ? 255 : 0)) };
}

const bench = (...more: string[]) =>
  runCli(["bench", "table1", at("clips"), "--steps", "2", "--size", "64", "-o", at("out"), ...more]);

describe("fatezero bench table1", () => {
  test("edits by every method, measures them beside source and perfect edit, and prints the table", async () => {
    const { code, stdout, stderr } = await bench("--methods", "ddim,sdedit,fatezero-compat,fatezero");
    expect(code, stderr).toBe(0);
    expect(stderr).toContain("car, 0_blue, by sdedit (2 of 4)");
    const rows = stdout.split("\n").map((line) => line.split(/ {2,}/)[0]);
    expect(rows.slice(0, 7)).toEqual([
      "method",
      "(source)",
      "(perfect edit)",
      "ddim",
      "sdedit",
      "fatezero-compat",
      "fatezero",
    ]);
    expect(await readFile(at("out", "table.txt"), "utf8")).toBe(stdout);
    const markdown = await readFile(at("out", "table.md"), "utf8");
    expect(markdown.split("\n")[2]).toContain("| (source) |");

    const table = JSON.parse(await readFile(at("out", "table.json"), "utf8"));
    expect(table).toMatchObject({ version: 1, model: "tinytown", failed: [] });
    const [cell] = table.cells;
    expect(cell).toMatchObject({ clip: "car", edit: "0_blue", source: SOURCE, target: TARGET });
    expect(cell.references["perfect edit"].pixels.truth.whole.psnr).toBeNull();
    expect(cell.references.source.pixels.kept.psnr).toBeNull();
    const { ddim, sdedit } = cell.results;
    expect(ddim.measures.pixels.kept.psnr).toBeGreaterThan(10);
    expect(ddim.measures.clip.temporalConsistency).not.toBe(sdedit.measures.clip.temporalConsistency);
    for (const path of [ddim.frames, cell.sourceFrames])
      expect((await readVideo(at("out", path))).frames).toHaveLength(2);
    // 150 pixels of labels, two tiles of 144 a method and edit: a picture that a person can look at.
    const { frames: sheet } = await readVideo(at("out", "car", "sheet.png"));
    expect(sheet[0]!.height).toBeGreaterThan(6 * 144);
  });

  test("goes on where it was: only what is missing or asked for otherwise is made", async () => {
    const note = at("out", "car", "0_blue", "ddim.json");
    const made = async () => (await stat(note)).mtimeMs;
    const before = await made();
    await rm(at("out", "car", "0_blue", "sdedit.json"));
    const { code, stderr } = await bench("--methods", "ddim,sdedit", "--markdown");
    expect(code, stderr).toBe(0);
    expect(await made()).toBe(before);
    expect((await readdir(at("out", "car", "0_blue"))).sort()).toContain("sdedit.json");
    const anew = await bench("--methods", "ddim", "--no-resume");
    expect(anew.code, anew.stderr).toBe(0);
    expect(await made()).toBeGreaterThan(before);
  });

  test("goes on with the others where one fails, says so and ends with 1", async () => {
    const long = `${TARGET} `.repeat(12);
    const edits = [
      { id: "0_blue", kind: "attribute", prompt: TARGET },
      { id: "1_long", prompt: long },
    ];
    await writeFile(at("clips", "car", "clip.json"), JSON.stringify({ prompt: SOURCE, edits }));
    const { code, stdout, stderr } = await bench("--methods", "ddim");
    expect(code).toBe(1);
    expect(stderr).toMatch(/warning: car, 1_long, by ddim \(2 of 2\): The target prompt has \d+ tokens/);
    expect(stdout).toMatch(/car, 1_long, ddim: The target prompt has \d+ tokens/);
    const table = JSON.parse(await readFile(at("out", "table.json"), "utf8"));
    expect(table.failed).toMatchObject([
      { clip: "car", edit: "1_long", method: "ddim", code: "prompt-too-long" },
    ]);
    expect(table.cells).toHaveLength(1);
  });

  test("refuses to write among the clips", async () => {
    const source = at("clips", "car", "source", "00000.png");
    const before = (await stat(source)).mtimeMs;
    const args = ["bench", "table1", at("clips"), "--methods", "ddim", "--steps", "2", "-o", at("clips")];
    const { code, stderr } = await runCli(args);
    expect(code).toBe(2);
    expect(stderr).toMatch(/--out would put results into ".*car", among what is read: ".*source"/);
    expect((await stat(source)).mtimeMs).toBe(before);
  });

  test.each([
    [["--methods", "magic"], /--methods magic is no method\. There are fatezero, /, 2],
    [["--prompts", at("none.yaml")], /none\.yaml" does not exist/, 1],
  ])("refuses %j", async (args, said, expected) => {
    const { code, stderr } = await bench(...args);
    expect(code).toBe(expected);
    expect(stderr).toMatch(said);
  });
});
