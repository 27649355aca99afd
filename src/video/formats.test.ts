import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { nearest, psnr, toyFrames } from "../../test/fixtures/video/toy-clip.ts";
import { probeVideo, readMetadata, readVideo, writeVideo } from "./index.node.ts";

let dir: string;
const frames = toyFrames(10);

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "fatezero-formats-"));
});
afterAll(async () => {
  await rm(dir, { recursive: true });
});

const VIDEOS = ["mp4", "mov", "mkv", "webm", "gif", "webp"] as const;

describe.each(VIDEOS)("a .%s", (extension) => {
  it("gives back frames, rate and metadata", async () => {
    const path = join(dir, `clip.${extension}`);
    const metadata = { prompt: 'ein "blaues" Auto – 蓝色', empty: "" };
    await writeVideo(path, frames, { fps: 10, metadata });
    const video = await readVideo(path);
    expect(video.kind).toBe("video");
    expect(video.fps).toBeCloseTo(10, 6);
    expect(video.timestamps).toBeUndefined();
    expect(video.frames.map((frame) => nearest(frame, frames))).toEqual([...frames.keys()]);
    for (const [i, frame] of video.frames.entries()) {
      expect(psnr(frame.data, frames[i]!.data)).toBeGreaterThan(extension === "webp" ? 34 : 38);
    }
    expect(await readMetadata(path)).toEqual(metadata);
    expect(await probeVideo(path)).toMatchObject({ width: 64, height: 48, frameCount: 10 });
  });

  it("keeps a varying rate, and with a stride the right times", async () => {
    const timestamps = [0, 0.05, 0.1, 0.15, 0.2, 0.4, 0.6, 0.8, 1.2, 1.6];
    const path = join(dir, `vary.${extension}`);
    await writeVideo(path, frames, { like: { fps: 5, timestamps, duration: 2 } });
    const video = await readVideo(path);
    expect(video.timestamps).toHaveLength(10);
    expect(video.timestamps!).toBeAllclose(timestamps, { absolute: 5e-3 });
    expect(video.duration).toBeCloseTo(2, 1);
    const part = await readVideo(path, { start: 3, stride: 2, frames: 3 });
    expect(part.frames.map((frame) => nearest(frame, frames))).toEqual([3, 5, 7]);
    expect(part.timestamps!.map((time) => +time.toFixed(2))).toEqual([0, 0.25, 0.65]);
    expect(part.duration).toBeCloseTo(1.45, 2);
    const again = join(dir, `again.${extension}`);
    await writeVideo(again, part.frames, { like: part });
    expect((await readVideo(again)).timestamps!.map((time) => +time.toFixed(2))).toEqual([0, 0.25, 0.65]);
    await writeVideo(again, part.frames.slice(1), { like: part });
    expect((await readVideo(again)).timestamps).toBeUndefined();
  });

  it("is cut by times", async () => {
    const path = join(dir, `clip.${extension}`);
    const { frames: part } = await readVideo(path, { from: "0:00.3", to: 0.7 });
    expect(part.map((frame) => nearest(frame, frames))).toEqual([3, 4, 5, 6]);
    const strided = await readVideo(path, { from: 0.3, to: 0.7, stride: 3 });
    expect(strided.frames.map((frame) => nearest(frame, frames))).toEqual([3, 6]);
    await expect(readVideo(path, { from: 0.3, to: 0.7, frames: 5 })).rejects.toThrow(
      /has 4 frames from 0\.3 s to 0\.7 s, not 5/,
    );
    await expect(readVideo(path, { from: 7 })).rejects.toThrow(
      /has no frame from 7 s on; its last frame begins at 0\.9 s/,
    );
  });

  it("holds a single frame", async () => {
    const path = join(dir, `single.${extension}`);
    await writeVideo(path, frames.slice(0, 1), { fps: 10 });
    const video = await readVideo(path);
    expect(video.frames).toHaveLength(1);
    expect(video.kind).toBe(extension === "gif" || extension === "webp" ? "image" : "video");
  });

  it("has no metadata unless given some", async () => {
    expect(await readMetadata(join(dir, `single.${extension}`))).toBeNull();
  });
});

it.each(["gif", "webp"])("a long .%s is decoded from any frame", async (extension) => {
  const long = toyFrames(75);
  const path = join(dir, `long.${extension}`);
  await writeVideo(path, long, { fps: 24 });
  const video = await readVideo(path, { start: 2, stride: 9 });
  expect(video.frames.map((frame) => nearest(frame, long))).toEqual([2, 11, 20, 29, 38, 47, 56, 65, 74]);
  expect(video.fps).toBeCloseTo(24 / 9, 2);
});

describe.each(["png", "jpg", "jpeg", "webp"])("an image .%s", (extension) => {
  it("goes in and out with its metadata", async () => {
    const path = join(dir, `image.${extension}`);
    const metadata = { prompt: "é".repeat(2000), tool: "x" };
    await writeVideo(path, frames.slice(3, 4), { fps: 8, metadata });
    const video = await readVideo(path);
    expect(video.kind).toBe("image");
    expect(video.frames).toHaveLength(1);
    expect(video.source).toBeUndefined();
    expect(psnr(video.frames[0]!.data, frames[3]!.data)).toBeGreaterThan(extension === "webp" ? 34 : 38);
    expect(await readMetadata(path)).toEqual(metadata);
    expect((await probeVideo(path)).kind).toBe("image");
  });

  it("does not hold several frames", async () => {
    if (extension === "webp") return;
    const path = join(dir, `several.${extension}`);
    const writing = writeVideo(path, frames, { fps: 8 });
    await expect(writing).rejects.toMatchObject({ code: "too-many-frames" });
    const stream = (async function* () {
      yield* frames;
    })();
    await expect(writeVideo(path, stream, { fps: 8 })).rejects.toThrow(/is to be one image, but there are/);
    expect((await readdir(dir)).filter((name) => name.includes("several"))).toEqual([]);
  });

  it("is turned upright by its EXIF orientation", async () => {
    const path = join(dir, `turned.${extension}`);
    const raw = { width: 64, height: 48, channels: 3 } as const;
    const format = extension === "webp" ? "webp" : extension === "png" ? "png" : "jpeg";
    await sharp(frames[0]!.data, { raw }).withMetadata({ orientation: 6 })[format]().toFile(path);
    const [frame] = (await readVideo(path)).frames;
    expect([frame!.width, frame!.height]).toEqual([48, 64]);
    expect(await probeVideo(path)).toMatchObject({ width: 48, height: 64 });
  });
});

describe("a folder", () => {
  it("keeps metadata in its first frame and is replaced with it", async () => {
    const folder = `${join(dir, "frames")}/`;
    for (const prompt of ["first", "second"]) {
      await writeVideo(folder, frames.slice(0, 2), { fps: 8, metadata: { prompt } });
      expect(await readMetadata(folder)).toEqual({ prompt });
    }
    expect((await readdir(folder)).sort()).toEqual(["00000.png", "00001.png"]);
    await writeVideo(folder, frames.slice(0, 1), { fps: 8 });
    expect(await readMetadata(folder)).toBeNull();
    expect((await readVideo(folder)).kind).toBe("folder");
  });

  it("is cut by the times of its rate", async () => {
    const folder = `${join(dir, "cut")}/`;
    await writeVideo(folder, frames, { fps: 8 });
    const at4 = await readVideo(folder, { from: 0.5, to: 1, fps: 4 });
    expect(at4.frames.map((frame) => nearest(frame, frames))).toEqual([2, 3]);
    expect(at4.fps).toBe(4);
  });
});

it("gives the same bytes at another time", async () => {
  for (const extension of [...VIDEOS, "jpg", "png"]) {
    const some = frames.slice(0, extension === "jpg" || extension === "png" ? 1 : 3);
    const paths = ["a", "b"].map((name) => join(dir, `${name}.${extension}`));
    for (const path of paths) {
      await writeVideo(path, some, { fps: 8, metadata: { prompt: "x" } });
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const [a, b] = await Promise.all(paths.map((path) => readFile(path)));
    expect(a!.equals(b!)).toBe(true);
  }
});

it("crops before resizing", async () => {
  const path = join(dir, "crop.png");
  await writeVideo(path, frames.slice(0, 1), { fps: 8 });
  const sizes: number[][] = [];
  const fit = (width: number, height: number) => {
    sizes.push([width, height]);
    return { width: 16, height: 16 };
  };
  await readVideo(path, { crop: "center", fit });
  const { frames: cut } = await readVideo(path, { crop: { left: 10, top: 4 } });
  expect(sizes).toEqual([[48, 48]]);
  expect([cut[0]!.width, cut[0]!.height]).toEqual([54, 44]);
  expect([...cut[0]!.data.subarray(0, 3)]).toEqual([
    ...frames[0]!.data.subarray((4 * 64 + 10) * 3, (4 * 64 + 10) * 3 + 3),
  ]);
  await expect(readVideo(path, { crop: { left: 64 } })).rejects.toMatchObject({ code: "bad-crop" });
});

describe("a range by times", () => {
  it.each([
    [{ start: 1, from: 1 }, /Both "start" and "from"/],
    [{ from: 2, to: 1 }, /ends at 1 s, not after its beginning at 2 s/],
    [{ from: "1:xx" }, /"1:xx" is not a time/],
    [{ from: -1 }, /"from" is -1/],
    [{ to: Number.NaN }, /"to" is NaN/],
  ])("refuses %o", async (range, message) => {
    await expect(readVideo("nowhere.mp4", range)).rejects.toThrow(message);
  });
});
