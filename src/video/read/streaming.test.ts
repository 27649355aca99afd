import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodeClip, noiseFrame } from "../../../test/fixtures/video/toy-clip.ts";
import { loadFfmpeg } from "../codecs.node.ts";
import { containerSource } from "./container-source.node.ts";
import { indexedReel } from "./indexed-reel.node.ts";
import { checkRange, type FrameRange } from "./range.ts";

/** Ten minutes at one frame a second, with a key frame every 2 s: the shape of a long file, small. */
const FRAMES = 600;
let dir: string;
const sizes: Record<string, number> = {};

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "fatezero-stream-"));
  for (const container of ["mp4", "mkv"] as const) {
    const clip = (function* () {
      for (let i = 0; i < FRAMES; i++) yield noiseFrame(i, 96, 96);
    })();
    const bytes = await encodeClip(join(dir, `long.${container}`), clip, { container, time: (i) => i });
    sizes[container] = bytes.length;
  }
});
afterAll(async () => {
  await rm(dir, { recursive: true });
});

/** Reads a range and counts the bytes of the file that were asked for. */
async function bytesRead(container: string, range: FrameRange) {
  const ffmpeg = await loadFfmpeg();
  const { mediabunny } = ffmpeg;
  const path = join(dir, `long.${container}`);
  const file = new mediabunny.FilePathSource(path);
  let bytes = 0;
  file.on("read", ({ start, end }) => {
    bytes += end - start;
  });
  const options = { background: "none", stillFps: 8 } as const;
  const first = await indexedReel(ffmpeg, file, path, options);
  const structure = { hasPlainIndex: true, hasPlainSound: true, isCutOff: false };
  const source = containerSource({ first, inSequence: undefined }, path, structure, options);
  const header = bytes;
  let frames = 0;
  for await (const _frame of (await source.select(checkRange(range))).frames) frames++;
  source.close();
  return { header, bytes, frames };
}

describe("a long file", () => {
  it("is large enough for the counts below to mean something", () => {
    expect(sizes.mp4).toBeGreaterThan(6e6);
    expect(sizes.mkv).toBeGreaterThan(6e6);
  });

  it("is not read to the end for its first 8 frames", async () => {
    const { bytes, frames } = await bytesRead("mp4", { frames: 8 });
    expect(frames).toBe(8);
    expect(bytes).toBeLessThan(sizes.mp4! * 0.05);
  });

  it("is not read up to frame 500 for the 8 frames from there", async () => {
    const { bytes, frames } = await bytesRead("mp4", { start: 500, frames: 8 });
    expect(frames).toBe(8);
    expect(bytes).toBeLessThan(sizes.mp4! * 0.1);
  });

  it("is not read up to a time or past another", async () => {
    const { bytes, frames } = await bytesRead("mp4", { from: "8:20", to: "8:28" });
    expect(frames).toBe(8);
    expect(bytes).toBeLessThan(sizes.mp4! * 0.1);
    const early = await bytesRead("mkv", { from: 2, to: 6 });
    expect(early.frames).toBe(4);
    expect(early.bytes).toBeLessThan(sizes.mkv! * 0.35);
  });

  it("is skipped through with a large stride", async () => {
    const { bytes, frames } = await bytesRead("mp4", { stride: 80, frames: 8 });
    expect(frames).toBe(8);
    expect(bytes).toBeLessThan(sizes.mp4! * 0.25);
  });

  it("is not read to the end without an index either (mkv)", async () => {
    const { bytes, frames } = await bytesRead("mkv", { frames: 8 });
    expect(frames).toBe(8);
    expect(bytes).toBeLessThan(sizes.mkv! * 0.35);
  });

  it("is probed from its header", async () => {
    const { header } = await bytesRead("mp4", { frames: 1 });
    expect(header).toBeLessThan(sizes.mp4! * 0.02);
  });
});
