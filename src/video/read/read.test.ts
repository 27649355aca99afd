import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodeClip, nearest, psnr, toyFrames } from "../../../test/fixtures/video/toy-clip.ts";
import { orientFrame } from "../frame.ts";
import { probeVideo, readVideo, writeVideo } from "../index.node.ts";
import { fitToModel } from "../index.ts";
import { writePng } from "../write/folder-sink.node.ts";

let dir: string;
const frames = toyFrames(48);

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "fatezero-read-"));
  await writeVideo(join(dir, "clip.mp4"), frames, { fps: 24 });
});
afterAll(async () => {
  await rm(dir, { recursive: true });
});

describe("readVideo of an mp4", () => {
  it("gives every frame in its place, close to what was written", async () => {
    const video = await readVideo(join(dir, "clip.mp4"));
    expect(video.fps).toBe(24);
    expect(video.frames).toHaveLength(48);
    for (const [i, frame] of video.frames.entries()) {
      expect(nearest(frame, frames)).toBe(i);
      expect(psnr(frame.data, frames[i]!.data)).toBeGreaterThan(40);
    }
  });

  it("gives the same frames for a range as for the whole, at the rate divided by the stride", async () => {
    const path = join(dir, "clip.mp4");
    const whole = await readVideo(path);
    const part = await readVideo(path, { start: 7, stride: 3, frames: 8 });
    expect(part.fps).toBe(8);
    expect(
      part.frames.map((frame) => whole.frames.findIndex((other) => other.data.join() === frame.data.join())),
    ).toEqual([7, 10, 13, 16, 19, 22, 25, 28]);
  });

  it("keeps the duration: 48 frames at 24 a second with stride 3 are 16 at 8", async () => {
    const video = await readVideo(join(dir, "clip.mp4"), { stride: 3 });
    expect([video.frames.length, video.fps]).toEqual([16, 8]);
  });

  it("takes another rate for the source when asked", async () => {
    const video = await readVideo(join(dir, "clip.mp4"), { stride: 2, frames: 2, fps: 30 });
    expect(video.fps).toBe(15);
  });

  it("resizes once, to the size that `fit` makes of the upright size", async () => {
    const fit = (width: number, height: number) => fitToModel(width, height, 32, 16);
    const path = join(dir, "clip.mp4");
    const [small] = (await readVideo(path, { frames: 1, fit })).frames;
    expect([small!.width, small!.height]).toEqual([48, 32]);
    const [exact] = (await readVideo(path, { frames: 1, fit, precision: "float" })).frames;
    expect(exact!.data).toBeInstanceOf(Float32Array);
    expect([...exact!.data].some((value) => value % 1 !== 0)).toBe(true);
    expect(psnr(exact!.data, small!.data)).toBeGreaterThan(55);
  });

  it("names the file and its length when the range runs past the end", async () => {
    await expect(readVideo(join(dir, "clip.mp4"), { start: 45, frames: 8 })).rejects.toThrow(
      /clip\.mp4" has 48 frames .*at most 3 frames/,
    );
    await expect(readVideo(join(dir, "clip.mp4"), { start: 48 })).rejects.toThrow(/frame 47/);
  });

  it("stops when aborted", async () => {
    const controller = new AbortController();
    const fit = (width: number, height: number) => {
      controller.abort(new Error("enough"));
      return { width, height };
    };
    const reading = readVideo(join(dir, "clip.mp4"), { fit, signal: controller.signal });
    await expect(reading).rejects.toThrow("enough");
  });

  it.each([0, -8, Number.NaN])("refuses %d frames a second", async (fps) => {
    await expect(readVideo(join(dir, "clip.mp4"), { fps })).rejects.toMatchObject({ code: "bad-fps" });
  });
});

describe("readVideo of other containers", () => {
  it.each([
    ["mov", "avc"],
    ["mkv", "avc"],
    ["webm", "vp9"],
  ] as const)("reads %s (%s) through the same demuxer", async (container, codec) => {
    const path = join(dir, `other.${container}`);
    await encodeClip(path, frames.slice(0, 12), { container, codec });
    const video = await readVideo(path);
    expect(video.fps).toBe(24);
    expect(video.frames.map((frame) => nearest(frame, frames))).toEqual([...Array(12).keys()]);
  });

  it("turns a rotated video upright", async () => {
    const path = join(dir, "rotated.mp4");
    await encodeClip(path, frames.slice(0, 2), { rotation: 90 });
    expect(await probeVideo(path)).toMatchObject({ width: 48, height: 64 });
    const [frame] = (await readVideo(path, { frames: 1 })).frames;
    expect([frame!.width, frame!.height]).toEqual([48, 64]);
    const upright = orientFrame(frames[0]!, 90, false);
    const mirrored = orientFrame(frames[0]!, 270, false);
    expect(psnr(frame!.data, upright.data)).toBeGreaterThan(40);
    expect(psnr(frame!.data, mirrored.data)).toBeLessThan(20);
  });

  it("gives a variable frame rate its mean, so that the duration stays", async () => {
    const path = join(dir, "variable.mp4");
    await encodeClip(path, frames.slice(0, 21), { time: (i) => (i <= 10 ? i / 20 : 0.5 + (i - 10) / 5) });
    const video = await readVideo(path);
    expect(video.frames).toHaveLength(21);
    expect(video.fps).toBeCloseTo(20 / 2.5, 3);
  });
});

describe("readVideo of a folder", () => {
  const write = async (name: string, count: number) => {
    const folder = join(dir, name);
    await writeVideo(`${folder}/`, frames.slice(0, count), { fps: 8 });
    return folder;
  };

  it("gives images by name at 8 frames a second unless told otherwise", async () => {
    const folder = await write("folder", 5);
    const video = await readVideo(folder);
    expect(video.fps).toBe(8);
    expect(video.frames.map((frame) => frame.data)).toEqual(frames.slice(0, 5).map((frame) => frame.data));
    expect((await readVideo(folder, { fps: 24, stride: 3 })).fps).toBe(8);
    expect(await probeVideo(folder)).toEqual({
      kind: "folder",
      width: 64,
      height: 48,
      fps: 8,
      frameCount: 5,
      duration: 5 / 8,
    });
  });

  it("sorts by code point and passes over hidden and other files", async () => {
    const folder = await write("sorted", 1);
    const [a, b, c] = toyFrames(3);
    await rm(join(folder, "00000.png"));
    await writePng(join(folder, "10.png"), a!);
    await writePng(join(folder, "2.png"), b!);
    await writePng(join(folder, "a.PNG"), c!);
    await writeFile(join(folder, "._10.png"), "resource fork");
    await writeFile(join(folder, "notes.txt"), "not a frame");
    const video = await readVideo(folder, { order: "code-points" });
    expect(video.frames.map((frame) => nearest(frame, frames))).toEqual([0, 1, 2]);
  });

  it("names the image whose size differs", async () => {
    const folder = await write("sizes", 2);
    await writePng(join(folder, "00002.png"), toyFrames(1, 32, 32)[0]!);
    await expect(readVideo(folder)).rejects.toThrow(
      /00002\.png" has 32x32 pixels, but .*00000\.png" has 64x48/,
    );
  });

  it("names an image that is cut off", async () => {
    const folder = await write("cut", 2);
    const png = await readFile(join(folder, "00001.png"));
    await writeFile(join(folder, "00001.png"), png.subarray(0, png.length / 2));
    await expect(readVideo(folder)).rejects.toThrow(/00001\.png" is not an image that can be read/);
  });

  it("reads gray, 16-bit and transparent images as 8-bit RGB", async () => {
    const sharp = (await import("sharp")).default;
    const folder = await write("kinds", 1);
    const raw = { width: 64, height: 48, channels: 3 } as const;
    const image = () => sharp(frames[0]!.data, { raw });
    await image().toColourspace("rgb16").png().toFile(join(folder, "00001.png"));
    await image().ensureAlpha(0.5).png().toFile(join(folder, "00002.png"));
    await image().grayscale().png().toFile(join(folder, "00003.png"));
    const video = await readVideo(folder, { background: "none" });
    expect(psnr(video.frames[1]!.data, frames[0]!.data)).toBeGreaterThan(48);
    expect(video.frames[2]!.data).toEqual(frames[0]!.data);
    expect(video.frames[3]!.data).toHaveLength(64 * 48 * 3);
  });
});

it("probes a video without decoding it", async () => {
  expect(await probeVideo(join(dir, "clip.mp4"))).toEqual({
    kind: "video",
    width: 64,
    height: 48,
    fps: 24,
    frameCount: 48,
    duration: 2,
  });
});
