/** `fatezero edit` of clips that are larger and longer than what the model works on. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { editJob } from "../../src/job/edit.ts";
import type { JobEvent } from "../../src/job/events.ts";
import { printConfig } from "../../src/job/print-config.ts";
import { runJob } from "../../src/job/run/run.ts";
import { inWords } from "../../src/say.ts";
import { probeVideo, readMetadata, readVideo, writeVideo } from "../../src/video/index.node.ts";
import { type Frame, resizeFrame } from "../../src/video/index.ts";
import { encodeClip, noiseFrame } from "../fixtures/video/toy-clip.ts";
import { inProcess, parseEdit } from "./in-process.ts";
import { namesIn, SOURCE, TARGET, workFolder } from "./run-cli.ts";

const folder = await workFolder();
const at = (...names: string[]): string => join(folder, ...names);
const [WIDTH, HEIGHT] = [1920, 1080];
const FRAMES = 4;
/** Phases that take long. */
const WORK = ["encode", "invert", "edit"];

/** A frame of the toy car enlarged to the width of a picture, its middle, with a texture that no model has seen. */
function large(frame: Frame, index: number, width: number, height: number): Frame {
  const enlarged = resizeFrame(frame, width, width);
  const texture = noiseFrame(index, width, height);
  const top = Math.floor((width - height) / 2);
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < data.length; i++) {
    const value = enlarged.data[top * width * 3 + i]! + (texture.data[i]! - 128) / 8;
    data[i] = Math.min(255, Math.max(0, Math.round(value)));
  }
  return { width, height, data };
}

let originals: readonly Frame[];

beforeAll(async () => {
  const { frames } = await readVideo("test/clips/car-road/source", { start: 2, frames: FRAMES });
  originals = frames.map((frame, i) => large(frame, i, WIDTH, HEIGHT));
  await writeVideo(at("clip/"), originals, { fps: 8 });
  const small = frames.map((frame, i) => large(frame, i, 320, 180));
  await writeVideo(at("small/"), small, { fps: 8 });
  await encodeClip(at("small.mp4"), small, { audio: "aac" });
  const left = new Uint8Array(WIDTH * HEIGHT * 3).map((_, i) => (Math.floor(i / 3) % WIDTH < 600 ? 255 : 0));
  await writeVideo(at("left.png"), [{ width: WIDTH, height: HEIGHT, data: left }], { fps: 1 });
}, 60_000);

/** An edit in three steps of a clip in this folder, to the target unless another is among the arguments. */
function lineOf(clip: string, args: readonly string[]): string[] {
  const line = [at(clip), "-s", SOURCE, "--steps", "3", "--no-resume", ...args];
  return args.includes("-t") ? line : [...line, "-t", TARGET];
}

/** Runs an edit; what it reported. */
async function edited(clip: string, ...args: string[]): Promise<readonly JobEvent[]> {
  const request = await parseEdit(lineOf(clip, args));
  return inProcess(async ({ session, events }) => {
    await editJob(request, session);
    return events;
  });
}

/** The config of a command line. */
async function configOf(args: readonly string[]): Promise<string> {
  const request = await parseEdit([...args, "--print-config"]);
  return inProcess(({ session }) => printConfig(request, session));
}

/** The error of an edit, which must come before any step of work. */
async function refused(clip: string, ...args: string[]): Promise<{ code: string; text: string }> {
  const line = lineOf(clip, args);
  const request = await parseEdit(args.includes("-o") ? line : [...line, "-o", at("refused/")]);
  return inProcess(async ({ session, events }) => {
    const error = await editJob(request, session).then(
      () => null,
      (reason) => reason,
    );
    expect(error, `nothing was refused: ${args.join(" ")}`).not.toBeNull();
    expect(events.some((event) => event.type === "phase" && WORK.includes(event.phase))).toBe(false);
    const { what, remedy } = error.said;
    return { code: error.code, text: `${inWords(what)} ${inWords(remedy)}` };
  });
}

const framesIn = async (path: string) => (await readVideo(path)).frames;

const isSame = (a: Frame, b: Frame): boolean =>
  Buffer.compare(a.data as Uint8Array, b.data as Uint8Array) === 0;

/** Where two pictures differ: pixels for which `isThere`, of how many. */
function differing(a: Frame, b: Frame, isThere: (x: number, y: number) => boolean): number {
  let count = 0;
  for (let i = 0; i < a.width * a.height; i++)
    if ([0, 1, 2].some((c) => a.data[3 * i + c] !== b.data[3 * i + c]))
      count += Number(isThere(i % a.width, Math.floor(i / a.width)));
  return count;
}

const factOf = (events: readonly JobEvent[], name: string): string | undefined => {
  const fact = events.find((event) => event.type === "fact" && event.name === name);
  return fact?.type === "fact" ? inWords(fact.text) : undefined;
};

test("1080p: outside the mask every bit is the original's, and the other frames are whole", async () => {
  const events = await edited(
    "clip/",
    ...["-o", at("full/"), "--full-size", "--keep-rest", "--start", "1", "--frames", "2"],
    ...["--save-maps", at("seen")],
  );
  expect(factOf(events, "size")).toBe("1920x1080, 4 frames, 2 of them edited (from frame 1 on)");
  const frames = await framesIn(at("full"));
  expect(frames).toHaveLength(FRAMES);
  for (const f of [0, 3]) expect(isSame(frames[f]!, originals[f]!)).toBe(true);
  const masks = await framesIn(at("seen", "masks"));
  const [{ width, height }] = masks as [Frame];
  expect([width, height]).toEqual([224, 128]);
  const cell = 8;
  for (const [k, mask] of masks.entries()) {
    const [columns, rows] = [width / cell, height / cell];
    const isMarked = (u: number, v: number): boolean =>
      u >= 0 && v >= 0 && u < columns && v < rows && mask.data[3 * cell * (v * width + u)]! > 127;
    // A position of the mask itself, one around it, and half of one for the seam: up to two positions from it.
    const around = [-2, -1, 0, 1, 2];
    const near = Array.from({ length: columns * rows }, (_, i) =>
      around.some((v) => around.some((u) => isMarked((i % columns) + u, Math.floor(i / columns) + v))),
    );
    const isNear = (x: number, y: number): boolean =>
      near[Math.floor((y * rows) / HEIGHT) * columns + Math.floor((x * columns) / WIDTH)]!;
    const f = k + 1;
    expect(differing(frames[f]!, originals[f]!, (x, y) => !isNear(x, y))).toBe(0);
    expect(differing(frames[f]!, originals[f]!, isNear)).toBeGreaterThan(50_000);
  }
  const metadata = await readMetadata(at("full", "00000.png"));
  const line: string[] = JSON.parse(metadata?.arguments ?? "");
  expect(line).toEqual(expect.arrayContaining(["--full-size", "--keep-rest"]));
}, 120_000);

test("a mask by hand holds at the original's size", async () => {
  await edited("clip/", "-o", at("hand/"), "--full-size", "--frames", "1", "--mask", at("left.png"));
  const [frame] = await framesIn(at("hand"));
  expect(differing(frame!, originals[0]!, (x) => x >= 600)).toBe(0);
  expect(differing(frame!, originals[0]!, (x) => x < 580)).toBeGreaterThan(200_000);
}, 120_000);

/** A picture of the original's size that is white where `isWhite`. */
async function drawn(name: string, isWhite: (x: number, y: number) => boolean): Promise<string> {
  const data = new Uint8Array(WIDTH * HEIGHT * 3).map((_, i) => {
    const pixel = Math.floor(i / 3);
    return isWhite(pixel % WIDTH, Math.floor(pixel / WIDTH)) ? 255 : 0;
  });
  await writeVideo(at(name), [{ width: WIDTH, height: HEIGHT, data }], { fps: 1 });
  return at(name);
}

test("a line that is finer than the model's pixels is protected to the pixel, and no mask is wider than it is drawn", async () => {
  // The model's pixels are 8 of these wide.
  const isLine = (x: number, y: number): boolean => x === 700 || (y >= 540 && y < 542);
  const line = await drawn("line.png", isLine);
  const half = await drawn("half.png", (x) => x < 1203);
  const style = ["-t", `watercolor painting of ${SOURCE}`];
  const args = ["--full-size", "--frames", "1", ...style, "--mask", half, "--protect", line];
  const config = await configOf([...lineOf("clip/", args), "-o", at("line/")]);
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

test("a part that was cut out is put back", async () => {
  const crop = ["--crop", "900,220,200,80"];
  await edited("clip/", "-o", at("cut.apng"), "--full-size", "--frames", "2", ...crop);
  const frames = await framesIn(at("cut.apng"));
  expect(frames).toHaveLength(2);
  const isInside = (x: number, y: number): boolean => x >= 900 && x < 1700 && y >= 200 && y < 1000;
  for (const [f, frame] of frames.entries()) {
    expect(frame).toMatchObject({ width: WIDTH, height: HEIGHT });
    expect(differing(frame, originals[f]!, (x, y) => !isInside(x, y))).toBe(0);
    expect(differing(frame, originals[f]!, isInside)).toBeGreaterThan(5000);
  }
}, 120_000);

test("the part around a mask is found", async () => {
  const events = await edited(
    "clip/",
    "-o",
    at("auto.png"),
    "--frames",
    "1",
    "--crop",
    "auto",
    "--mask",
    at("left.png"),
  );
  expect(factOf(events, "crop")).toContain("1080x1080 of 1920x1080, worked on at 128x128: crop 0,840,0,0");
  const settings = events.find((event) => event.type === "settings");
  expect(settings).toMatchObject({
    arguments: expect.arrayContaining(["--full-size", "--crop", "0,840,0,0"]),
  });
  const [frame] = await framesIn(at("auto.png"));
  expect(differing(frame!, originals[0]!, (x) => x >= 600)).toBe(0);
}, 120_000);

test("the part around what words name is found by a look", async () => {
  const events = await edited("small/", "-o", at("look/"), "--crop", "auto");
  expect(factOf(events, "crop")).toMatch(/of 320x180, worked on at|the whole 320x180/);
  const frames = await framesIn(at("look"));
  expect(frames.map(({ width, height }) => [width, height])).toEqual(Array(FRAMES).fill([320, 180]));
}, 120_000);

test("a whole video keeps its sound, its frames and their number", async () => {
  const events = await edited(
    "small.mp4",
    "-o",
    at("whole.mp4"),
    "--keep-rest",
    "--full-size",
    "--frames",
    "2",
  );
  expect(events.filter((event) => event.type === "warning")).toEqual([]);
  const [before, after] = [await readVideo(at("small.mp4")), await readVideo(at("whole.mp4"))];
  expect(after.frames).toHaveLength(FRAMES);
  expect(after.fps).toBeCloseTo(before.fps);
  expect(after.source).toMatchObject({ hasAudio: true });
  expect(await probeVideo(at("whole.mp4"))).toMatchObject({ width: 320, height: 180 });
  // At the model's size too.
  await edited("small.mp4", "-o", at("rest/"), "--keep-rest", "--frames", "2");
  const rest = await framesIn(at("rest"));
  const sized = await readVideo(at("small.mp4"), { fit: () => ({ width: 224, height: 128 }) });
  for (const f of [2, 3]) expect(isSame(rest[f]!, sized.frames[f]!)).toBe(true);
}, 120_000);

test("an edit of everything is enlarged, and that is told", async () => {
  const style = ["-t", `watercolor painting of ${SOURCE}`];
  const events = await edited("small/", "-o", at("style.webp"), "--full-size", "--frames", "2", ...style);
  const warning = events.find((event) => event.type === "warning" && event.code === "nothing-kept");
  expect(warning && "message" in warning && inWords(warning.message)).toContain("224x128");
  expect(await probeVideo(at("style.webp"))).toMatchObject({ width: 320, height: 180, frameCount: 2 });
}, 120_000);

describe("before the work", () => {
  test.each([
    ["a crop beyond the picture", ["--full-size", "--crop", "2000,0,0,0"], "bad-crop", "leaves nothing"],
    ["a tiny crop", ["--full-size", "--crop", "1910,0,0,0"], "bad-crop", "10x1080"],
    ["a range beyond the clip", ["--keep-rest", "--from", "9"], "bad-frame-range", "no frame from"],
    ["no rest", ["--keep-rest"], "usage", "all 4 frames"],
    ["a stride", ["--keep-rest", "--stride", "2"], "usage", "between those"],
    ["the released code", ["--full-size", "--compat", "fatezero"], "usage", "squares"],
    ["another method", ["--full-size", "--method", "ddim"], "usage", "would have no effect"],
    ["another method's part", ["--crop", "auto", "--method", "ddim"], "usage", "nothing looks there"],
    [
      "a part of no thing",
      ["--crop", "auto", "-t", `watercolor painting of ${SOURCE}`],
      "usage",
      "names none",
    ],
    ["several frames in one picture", ["--full-size", "-o", "one.png"], "too-many-frames", "one image"],
  ])("%s is refused", async (_, args, code, text) => {
    const fault = await refused("clip/", ...args.map((arg) => (arg === "one.png" ? at(arg) : arg)));
    expect(fault).toMatchObject({ code, text: expect.stringContaining(text) });
    expect(await namesIn(folder)).not.toContain("refused");
  });

  test("a saved inversion, which does not hold the originals", async () => {
    for (const option of ["--full-size", "--keep-rest"]) {
      const fault = await refused("saved.safetensors", option);
      expect(fault).toMatchObject({
        code: "usage",
        text: expect.stringContaining("does not hold its frames"),
      });
    }
  });
});
