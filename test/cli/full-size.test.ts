import { beforeAll, describe, expect, test } from "vitest";
import { editJob } from "../../src/job/edit.ts";
import type { JobEvent } from "../../src/job/events.ts";
import { inWords } from "../../src/say.ts";
import { probeVideo, readMetadata, readVideo } from "../../src/video/index.node.ts";
import type { Frame } from "../../src/video/index.ts";
import { encodeClip } from "../fixtures/video/toy-clip.ts";
import { inProcess, parseEdit } from "./in-process.ts";
import { differing, FRAMES, framesIn, HEIGHT, isSame, largeClips, WIDTH } from "./large-clips.ts";
import { namesIn, SOURCE } from "./run-cli.ts";

/** Phases that take long. */
const WORK = ["encode", "invert", "edit"];

const { at, originals, small, lineOf, edited, drawn } = await largeClips();
beforeAll(async () => {
  await encodeClip(at("small.mp4"), small, { audio: "aac" });
  await drawn("left.png", (x) => x < 600);
});

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
    expect(await namesIn(at())).not.toContain("refused");
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
