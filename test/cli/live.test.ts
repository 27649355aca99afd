import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { psnr } from "../../src/metrics/index.ts";
import { readVideo } from "../../src/video/index.node.ts";
import { fixture } from "../support/fixtures.ts";
import { namesIn, runCli, SOURCE, TARGET, toyClip, workFolder } from "./run-cli.ts";

const folder = await workFolder();
const clip = await toyClip(folder);
const at = (name: string): string => join(folder, name);
const TAETOWN = fixture("models/taetown");
const edit = (...more: readonly string[]) =>
  runCli(["edit", clip, "-s", SOURCE, "-t", TARGET, "--steps", "4", "--frames", "2", ...more]);

const eventsOf = (stdout: string): Record<string, unknown>[] =>
  stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

test("--live writes what the edit will be, whole, and the result is the same without it", async () => {
  await mkdir(at("seen"));
  const live = join(at("seen"), "live.png");
  await writeFile(live, "of an earlier run");
  const watched = await edit(
    "-o",
    at("watched.mp4"),
    "--live",
    live,
    "--live-every",
    "2",
    "--live-vae",
    TAETOWN,
    "--json",
  );
  expect(watched.code).toBe(0);
  const events = eventsOf(watched.stdout);
  const shown = events.filter(({ type }) => type === "live");
  expect(shown).toEqual([2, 4].map((step) => ({ type: "live", step, steps: 4, file: live })));
  expect(events).toContainEqual({
    ...{ type: "fact", name: "live" },
    text: `${live}, after every 2 steps, decoded by ${TAETOWN}`,
  });
  // Nothing half-written is left beside it.
  expect(await namesIn(at("seen"))).toEqual(["live.png"]);
  const { frames } = await readVideo(live);
  expect(frames[0]!.width).toBeGreaterThan(2 * 144);
  const told = await runCli(["show", live]);
  expect(told.stdout).toContain("a live picture after step 4 of 4");
  expect(told.stdout).toContain("--live-every 2");

  expect((await edit("-o", at("plain.mp4"))).code).toBe(0);
  expect(await readFile(at("watched.mp4"))).toEqual(await readFile(at("plain.mp4")));
});

test("--vae takes a TAESD, for the clip, the pictures and the result", async () => {
  const live = at("taesd.png");
  const run = await edit("-o", at("taesd/"), "--vae", TAETOWN, "--live", live, "--live-every", "4");
  expect(run.code).toBe(0);
  expect(run.stderr).toContain("its VAE is a tiny one (TAESD)");
  const tiny = await readVideo(at("taesd"));
  expect((await edit("-o", at("own/"))).code).toBe(0);
  const own = await readVideo(at("own"));
  const near = psnr([tiny.frames[0]!], [own.frames[0]!]);
  expect(near).toBeGreaterThan(15);
  expect(near).toBeLessThan(45);
  expect((await readVideo(live)).frames).toHaveLength(1);
});

test.each([
  [["--live-every", "2"], "--live-every would have no effect: no live picture is written. Add --live"],
  [["--live-vae", TAETOWN], "--live-vae would have no effect"],
  [["--live", "live.mp4"], "--live live.mp4 is no picture"],
  [["--live", "LIVE.png", "--preview"], "--live would have no effect: with --preview"],
  [["--live", "LIVE.png", "--method", "ddim"], "--live would have no effect with --method ddim"],
  [["--live", "LIVE.png", "--compare", "LIVE.png"], "name the same path"],
  [["--live", "LIVE.png", "--live-vae", fixture("models/micro-sd/vae")], "but the model's have 8 channels"],
  [["--live", "LIVE.png", "--live-vae", "./nothing"], 'There is no VAE "./nothing"'],
])("%j is refused before any work", async (more, message) => {
  const args = more.map((arg) => (arg === "LIVE.png" ? at(arg) : arg));
  const { code, stderr } = await edit("-o", at("refused.mp4"), ...args);
  expect(code).not.toBe(0);
  expect(stderr.replace(/\s+/g, " ")).toContain(message);
  expect(await namesIn(folder)).not.toContain("refused.mp4");
});
