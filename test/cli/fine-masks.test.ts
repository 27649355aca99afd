/** `fatezero edit --full-size` with masks of a person's own, which are finer than what the model works on. */
import { writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { printConfig } from "../../src/job/print-config.ts";
import { runJob } from "../../src/job/run/run.ts";
import { writeVideo } from "../../src/video/index.node.ts";
import type { Frame } from "../../src/video/index.ts";
import { inProcess, parseEdit } from "./in-process.ts";
import { differing, FRAMES, framesIn, isSame, largeClips } from "./large-clips.ts";
import { SOURCE } from "./run-cli.ts";

const { at, originals, lineOf, edited, drawn } = await largeClips();

test("a mask by hand holds at the original's size", async () => {
  const left = await drawn("left.png", (x) => x < 600);
  await edited("clip/", "-o", at("hand/"), "--full-size", "--frames", "1", "--mask", left);
  const [frame] = await framesIn(at("hand"));
  expect(differing(frame!, originals[0]!, (x) => x >= 600)).toBe(0);
  expect(differing(frame!, originals[0]!, (x) => x < 580)).toBeGreaterThan(200_000);
}, 120_000);

test("a line that is finer than the model's pixels is protected to the pixel, and no mask is wider than it is drawn", async () => {
  // The model's pixels are 8 of these wide.
  const isLine = (x: number, y: number): boolean => x === 700 || (y >= 540 && y < 542);
  const line = await drawn("line.png", isLine);
  const half = await drawn("half.png", (x) => x < 1203);
  const style = ["-t", `watercolor painting of ${SOURCE}`];
  const args = ["--full-size", "--frames", "1", ...style, "--mask", half, "--protect", line];
  const request = await parseEdit([...lineOf("clip/", args), "-o", at("line/"), "--print-config"]);
  const config = await inProcess(({ session }) => printConfig(request, session));
  await edited("clip/", "-o", at("line/"), ...args);
  const [frame] = await framesIn(at("line"));
  expect(differing(frame!, originals[0]!, (x, y) => isLine(x, y) || x >= 1203)).toBe(0);
  // The edit comes up to the line and to the edge, seams aside.
  for (const isThere of [
    (x: number) => x >= 680 && x < 700,
    (x: number) => x > 700 && x <= 720,
    (x: number) => x >= 1190 && x < 1203,
  ])
    expect(differing(frame!, originals[0]!, isThere)).toBeGreaterThan(5000);
  // A run of the config has the same masks as fine.
  await writeFile(at("line.yaml"), config);
  expect(config).toMatch(/\n {2}full_size: true\n/);
  const run = { config: at("line.yaml"), out: at("line-run"), resume: false };
  await inProcess(({ session }) => runJob(run, session));
  const [again] = await framesIn(at("line-run", "line"));
  expect(isSame(again!, frame!)).toBe(true);
}, 120_000);

test("a mask that its seam takes all of is told, and a wide one is not", async () => {
  const told = async (name: string, isWhite: (x: number) => boolean): Promise<readonly string[]> => {
    const mask = await drawn(`${name}.png`, isWhite);
    const args = ["--full-size", "--frames", "1", "-t", `watercolor painting of ${SOURCE}`, "--mask", mask];
    const events = await edited("clip/", "-o", at(`${name}/`), ...args);
    return events.flatMap((event) => (event.type === "verdict" ? [event.code] : []));
  };
  expect(await told("hair", (x) => x >= 700 && x < 704)).toContain("nothing-changed");
  const [frame] = await framesIn(at("hair"));
  expect(isSame(frame!, originals[0]!)).toBe(true);
  expect(await told("band", (x) => x >= 700 && x < 900)).not.toContain("nothing-changed");
}, 120_000);

test("masks of every frame are read beside the frames that they are of, of the whole clip and cut as it is", async () => {
  const columnOf = (f: number): number => 100 + 20 * f;
  const lines = originals.map((_, f): Frame => {
    const data = new Uint8Array(320 * 180 * 3).map((__, i) =>
      Math.floor(i / 3) % 320 === columnOf(f) ? 255 : 0,
    );
    return { width: 320, height: 180, data };
  });
  await writeVideo(at("lines/"), lines, { fps: 8 });
  const style = ["-t", `watercolor painting of ${SOURCE}`, "--crop", "20,0,10,0"];
  const range = ["--start", "1", "--frames", "2", "--keep-rest", "--full-size"];
  await edited("small/", "-o", at("lined/"), ...style, ...range, "--protect", at("lines"));
  const [before, after] = [await framesIn(at("small")), await framesIn(at("lined"))];
  expect(after).toHaveLength(FRAMES);
  for (const f of [0, 1, 2, 3]) {
    const changed = (x: number): number => differing(after[f]!, before[f]!, (u, y) => u === x && y > 20);
    expect(changed(columnOf(f))).toBe(0);
    const others = [0, 1, 2, 3].filter((other) => other !== f).map((other) => changed(columnOf(other)));
    for (const count of others) {
      if (f === 1 || f === 2) expect(count).toBeGreaterThan(100);
      else expect(count).toBe(0);
    }
  }
}, 120_000);
