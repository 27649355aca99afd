import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { crc32 } from "node:zlib";
import { Decoder, Demuxer } from "node-av";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { toyFrames } from "../../test/fixtures/video/toy-clip.ts";
import { apngInfo, pngChunks } from "./apng-chunks.ts";
import { probeVideo, type ReadOptions, readMetadata, readVideo, writeVideo } from "./index.node.ts";
import type { VideoWarning } from "./index.ts";

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "fatezero-apng-"));
});
afterAll(async () => {
  await rm(dir, { recursive: true });
});

const OVER = 1;
const [NONE, BACKGROUND, PREVIOUS] = [0, 1, 2];
type Colour = readonly [r: number, g: number, b: number, alpha: number];
const RED: Colour = [255, 0, 0, 1];
const GREEN: Colour = [0, 255, 0, 1];
const BLUE: Colour = [0, 0, 255, 1];
const CLEAR: Colour = [0, 0, 0, 0];

interface Part {
  readonly colour: Colour;
  readonly size?: number;
  readonly at?: number;
  /** Hundredths of a second. */
  readonly delay?: number;
  readonly dispose?: number;
  readonly blend?: number;
}

function chunk(name: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(name), data]);
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32BE(data.length);
  bytes.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([bytes.subarray(0, 4), body, bytes.subarray(4)]);
}

const square = ([r, g, b, alpha]: Colour, size: number) =>
  sharp({ create: { width: size, height: size, channels: 4, background: { r, g, b, alpha } } })
    .png()
    .toBuffer();

const dataOf = (png: Uint8Array, name: string) =>
  [...pngChunks(png)].filter((c) => c.name === name).map(({ at, length }) => png.subarray(at, at + length));

/** Writes an animated png of 8x8 pixels by hand; with `cover`, a first picture that is no frame. */
async function make(
  name: string,
  parts: readonly Part[],
  options: { cover?: Colour; announced?: number; plays?: number } = {},
) {
  const { cover, announced = parts.length, plays = 0 } = options;
  const base = await square(cover ?? parts[0]!.colour, 8);
  const control = Buffer.alloc(8);
  control.writeUInt32BE(announced);
  control.writeUInt32BE(plays, 4);
  const chunks = [base.subarray(0, 8), chunk("IHDR", dataOf(base, "IHDR")[0]!), chunk("acTL", control)];
  if (cover) chunks.push(...dataOf(base, "IDAT").map((data) => chunk("IDAT", data)));
  let number = 0;
  for (const [i, { colour, size = 8, at = 0, delay = 10, dispose = NONE, blend = 0 }] of parts.entries()) {
    const control = Buffer.alloc(26);
    for (const [k, value] of [number++, size, size, at, at].entries()) control.writeUInt32BE(value, k * 4);
    control.writeUInt16BE(delay, 20);
    control.writeUInt16BE(100, 22);
    control.writeUInt8(dispose, 24);
    control.writeUInt8(blend, 25);
    chunks.push(chunk("fcTL", control));
    for (const data of dataOf(await square(colour, size), "IDAT")) {
      const sequence = Buffer.alloc(4);
      if (i === 0 && !cover) chunks.push(chunk("IDAT", data));
      else {
        sequence.writeUInt32BE(number++);
        chunks.push(chunk("fdAT", Buffer.concat([sequence, data])));
      }
    }
  }
  const path = join(dir, name);
  const bytes = Buffer.concat([...chunks, chunk("IEND", Buffer.alloc(0))]);
  await writeFile(path, bytes);
  return { path, bytes };
}

/** The pixels at the corner and in the middle of every frame, and what was warned of. */
async function read(path: string, options: ReadOptions = {}) {
  const warnings: VideoWarning[] = [];
  const clip = await readVideo(path, { ...options, onWarning: (warning) => warnings.push(warning) });
  const pixel = (data: ArrayLike<number>, p: number) => [0, 1, 2].map((c) => data[p * 3 + c]!).join();
  const pixels = clip.frames.map(({ data, width, height }) => [
    pixel(data, 0),
    pixel(data, (height / 2) * width + width / 2),
  ]);
  return { clip, pixels, warnings: warnings.map(({ code, message }) => `${code}: ${message}`) };
}

const [red, green, blue, white] = ["255,0,0", "0,255,0", "0,0,255", "255,255,255"];

describe("an animated png", () => {
  it("gives the frames of its animation, not the picture that is none of them", async () => {
    const path = fileURLToPath(new URL("../../test/fixtures/video/pictures/apng3.png", import.meta.url));
    const { clip, pixels, warnings } = await read(path);
    expect(clip.kind).toBe("video");
    expect(pixels).toEqual([
      [red, red],
      [green, green],
    ]);
    expect(warnings).toEqual([]);
    const { path: covered } = await make("cover.png", [{ colour: RED }, { colour: GREEN }, { colour: RED }], {
      cover: BLUE,
    });
    expect((await read(covered)).pixels.map(([corner]) => corner)).toEqual([red, green, red]);
    expect(await probeVideo(covered)).toMatchObject({ kind: "video", frameCount: 3, width: 8, height: 8 });
  });

  it("of one frame beside another picture shows the frame", async () => {
    const { path } = await make("one.png", [{ colour: GREEN }], { cover: RED });
    expect((await read(path)).pixels).toEqual([[green, green]]);
    const { path: still } = await make("still.png", [{ colour: GREEN }]);
    expect((await read(still)).clip.kind).toBe("image");
  });

  it("is put together: frames smaller than it, over or in place of what was there, and taken away again", async () => {
    const small = { size: 4, at: 2 };
    const { path } = await make("ops.png", [
      { colour: RED },
      { colour: GREEN, ...small, dispose: PREVIOUS },
      { colour: BLUE, ...small, dispose: BACKGROUND },
      { colour: CLEAR, size: 1 },
      { colour: CLEAR, ...small, blend: OVER },
      { colour: [0, 0, 255, 0.5], blend: OVER },
    ]);
    const { pixels } = await read(path);
    expect(pixels.slice(0, 3)).toEqual([
      [red, red],
      [red, green],
      [red, blue],
    ]);
    // The blue square was cleared, and so is the corner.
    expect(pixels[3]).toEqual([white, white]);
    expect(pixels[4]).toEqual([white, white]);
    expect(pixels[5]![1]!.split(",").map(Number)).toBeAllclose([127, 127, 255], { absolute: 1 });
    expect((await read(path, { background: "black" })).pixels[3]).toEqual(["0,0,0", "0,0,0"]);
  });

  it("keeps its times", async () => {
    const delays = [10, 10, 50, 0, 20];
    const { path } = await make(
      "times.png",
      delays.map((delay, i) => ({ colour: i % 2 ? RED : GREEN, delay })),
    );
    const { clip } = await read(path);
    // Browsers show a frame without a delay for a tenth of a second.
    expect(clip.timestamps!).toBeAllclose([0, 0.1, 0.2, 0.7, 0.8], { absolute: 1e-6 });
    expect(clip.duration).toBeCloseTo(1, 6);
    const { path: held } = await make("held.png", [{ colour: RED }, { colour: GREEN, delay: 100 }]);
    expect((await read(held)).clip).toMatchObject({ timestamps: [0, 0.1], duration: 1.1 });
    const part = await read(path, { start: 1, stride: 2, frames: 2 });
    expect(part.pixels.map(([corner]) => corner)).toEqual([red, red]);
  });

  it("that announces other frames than it holds gives those, and says so", async () => {
    const parts = [{ colour: RED }, { colour: GREEN }, { colour: BLUE }];
    const { path } = await make("more.png", parts, { announced: 5, plays: 1 });
    const { pixels, warnings } = await read(path);
    expect(pixels.map(([corner]) => corner)).toEqual([red, green, blue]);
    expect(warnings).toEqual([`animation-incomplete: "${path}" announces 5 frames, but 3 are in it.`]);
    const { path: cut, bytes } = await make("cut.png", parts);
    await writeFile(cut, bytes.subarray(0, bytes.length - 20));
    const short = await read(cut);
    expect(short.pixels.map(([corner]) => corner)).toEqual([red, green]);
    expect(short.warnings).toEqual([`animation-incomplete: "${cut}" announces 3 frames, but 2 are in it.`]);
    const { path: none } = await make("none.png", [], { cover: RED, announced: 4 });
    const still = await read(none);
    expect(still.clip.kind).toBe("image");
    expect(still.warnings[0]).toMatch(/announces 4 frames, but none is in it: it is taken as one picture\.$/);
  });
});

describe("an animated png that is written", () => {
  const frames = toyFrames(5);

  it("is what FFmpeg reads, lossless, with its times and its metadata", async () => {
    const path = join(dir, "out.apng");
    const timestamps = [0, 0.1, 0.25, 0.5, 0.6];
    await writeVideo(path, frames, { like: { fps: 5, timestamps, duration: 1 }, metadata: { prompt: "é" } });
    const { clip } = await read(path);
    expect(clip.frames.map(({ data }) => data)).toEqual(frames.map(({ data }) => data));
    expect(clip.timestamps!).toBeAllclose(timestamps, { absolute: 1e-3 });
    expect(clip.duration).toBeCloseTo(1, 3);
    expect(await readMetadata(path)).toEqual({ prompt: "é" });
    expect(apngInfo(await readFile(path))).toMatchObject({ announced: 5, isDefaultShown: true });
    using file = Demuxer.openSync(path);
    using decoder = Decoder.createSync(file.video()!);
    const times: number[] = [];
    for (const frame of decoder.framesSync(file.packetsSync()))
      if (frame) times.push(Number(frame.pts) / 1e5);
    expect(times).toBeAllclose(timestamps, { absolute: 1e-3 });
    // Other programs show the first frame.
    expect(await sharp(path).removeAlpha().raw().toBuffer()).toEqual(Buffer.from(frames[0]!.data));
  });

  it("is a png where there is one frame, and asked for by name: a .png holds one", async () => {
    const path = join(dir, "one.apng");
    await writeVideo(path, frames.slice(0, 1), { fps: 8 });
    expect((await readVideo(path)).kind).toBe("image");
    await expect(writeVideo(join(dir, "x.png"), frames, { fps: 8 })).rejects.toThrow(
      /\.gif, \.webp, \.apng …/,
    );
  });
});
