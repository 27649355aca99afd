import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Edit, withEdits } from "../../../test/fixtures/video/edit-list.ts";
import { encodeClip, nearest, toyFrames } from "../../../test/fixtures/video/toy-clip.ts";
import { ffmpegFrames, largestDifference } from "../../../test/support/ffmpeg-frames.ts";
import { probeVideo, readMetadata, readVideo, writeVideo } from "../index.node.ts";
import type { VideoWarning } from "../types.ts";

const FIXTURES = fileURLToPath(new URL("../../../test/fixtures/video/containers/", import.meta.url));
/** Difference of rounding between two ways to brightness; neighbours in these clips differ by more. */
const SAME = 1;
let dir: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "fatezero-containers-"));
});
afterAll(async () => {
  await rm(dir, { recursive: true });
});

async function read(path: string, range = {}) {
  const warnings: VideoWarning[] = [];
  const clip = await readVideo(path, { ...range, onWarning: (warning) => warnings.push(warning) });
  return { ...clip, warnings };
}

/** Whether times of frames rise, where they are not steady. */
function rises(times: readonly number[] = []): boolean {
  return times.every((time, i) => i === 0 || time > times[i - 1]!);
}

describe.each([
  ["dup-pts.webm", 20],
  ["trimmed-end-elst.mp4", 10],
  ["empty-then-trim-elst.mp4", 10],
  ["piped-no-cues.mkv", 255],
  ["mediarecorder-timeslice.webm", 255],
  ["bframes-no-ctts.mp4", 60],
])("%s", (name, count) => {
  const path = join(FIXTURES, name);

  it(`has the ${count} frames that FFmpeg shows, in its order`, async () => {
    const clip = await read(path);
    expect(clip.frames).toHaveLength(count);
    expect(rises(clip.timestamps)).toBe(true);
    const pictures = await ffmpegFrames(path);
    expect(pictures).toHaveLength(count);
    expect(largestDifference(clip.frames, pictures)).toBeLessThan(SAME);
    expect(largestDifference(clip.frames.slice(1), pictures)).toBeGreaterThan(SAME);
    expect(clip.warnings).toEqual([]);
  });

  it("is probed, and says nothing of how it was made", async () => {
    expect((await probeVideo(path)).frameCount).toBe(count);
    expect(await readMetadata(path)).toBeNull();
  });

  it("gives its middle as it gives the whole", async () => {
    const pictures = await ffmpegFrames(path);
    const start = Math.floor(count / 2);
    const part = await read(path, { start, stride: 2, frames: 2 });
    expect(largestDifference(part.frames, [pictures[start]!, pictures[start + 2]!])).toBeLessThan(SAME);
  });
});

describe("times", () => {
  it.each(["mp4", "webm", "mkv", "mov", "gif", "webp", "folder/"])(
    "of a clip with equal ones are written into %s",
    async (to) => {
      const clip = await readVideo(join(FIXTURES, "dup-pts.webm"));
      const out = to.endsWith("/") ? `${join(dir, to)}/` : join(dir, `dup.${to}`);
      await writeVideo(out, clip.frames, { like: clip });
      expect((await readVideo(out)).frames).toHaveLength(20);
    },
  );

  const frames = toyFrames(12);
  const order = [...Array(12).keys()];
  const steady = (i: number) => i / 25;
  it.each([
    { name: "equal", time: (i: number) => steady(i === 7 ? 6 : i) },
    { name: "three in a row", time: (i: number) => steady(i === 7 || i === 8 ? 6 : i) },
    { name: "equal at the end", time: (i: number) => steady(i === 11 ? 10 : i) },
    { name: "a day apart", time: (i: number) => steady(i) + (i > 5 ? 86_400 : 0) },
  ])("that are $name give every frame once, at rising times (mkv)", async ({ name, time }) => {
    const path = join(dir, "times.mkv");
    await encodeClip(path, frames, { container: "mkv", codec: "vp9", time });
    const clip = await read(path);
    expect(clip.frames.map((frame) => nearest(frame, frames))).toEqual(order);
    expect(rises(clip.timestamps)).toBe(true);
    expect(clip.warnings.map(({ code }) => code)).toEqual(name === "a day apart" ? ["times-mended"] : []);
    await writeVideo(join(dir, "times.webm"), clip.frames, { like: clip });
    expect((await readVideo(join(dir, "times.webm"))).frames).toHaveLength(12);
  });

  it("that fall leave the order of the frames", async () => {
    const path = join(dir, "falling.mkv");
    const bytes = Buffer.from(
      await encodeClip(path, frames, { container: "mkv", codec: "vp9", time: steady }),
    );
    // The times of blocks 6 and 7, in milliseconds of their cluster, change places: 240 and 280.
    const block = (ms: number) => bytes.indexOf(Buffer.from([0x81, ms >> 8, ms & 255]));
    const [six, seven] = [block(240), block(280)];
    expect(Math.min(six, seven)).toBeGreaterThan(0);
    bytes.writeUInt16BE(280, six + 1);
    bytes.writeUInt16BE(240, seven + 1);
    await writeFile(path, bytes);
    const clip = await readVideo(path);
    expect(clip.frames.map((frame) => nearest(frame, frames))).toEqual(order);
    expect(rises(clip.timestamps)).toBe(true);
  });
});

describe("edit lists", () => {
  /** Ticks of the media per frame, and where its first frame is shown. */
  const [FRAME, FIRST] = [512, 1024];
  const cases: readonly {
    readonly name: string;
    readonly edits: readonly Edit[];
    readonly version?: 1;
    readonly count: number;
    readonly warns?: true;
  }[] = [
    { name: "one that begins between key frames", edits: [[400, FIRST + 5 * FRAME, 1]], count: 10 },
    { name: "the last frames", edits: [[2400, FIRST + 50 * FRAME, 1]], count: 10 },
    {
      name: "two stretches, the later first",
      edits: [
        [400, FIRST + 30 * FRAME, 1],
        [400, FIRST, 1],
      ],
      count: 20,
    },
    {
      name: "a stretch twice",
      edits: [
        [400, FIRST + 8 * FRAME, 1],
        [400, FIRST + 8 * FRAME, 1],
      ],
      count: 20,
    },
    {
      name: "an empty one before (64 bits)",
      edits: [
        [200, -1, 1],
        [400, FIRST + 10 * FRAME, 1],
      ],
      version: 1,
      count: 10,
    },
    { name: "double speed", edits: [[1200, FIRST, 2]], count: 30, warns: true },
    {
      name: "a picture that stands still",
      edits: [
        [400, FIRST + 3 * FRAME, 0],
        [2400, FIRST, 1],
      ],
      count: 70,
      warns: true,
    },
    { name: "everything", edits: [[2400, FIRST, 1]], count: 60 },
    { name: "no edit", edits: [], count: 60 },
  ];

  it.each(cases)("with $name", async ({ edits, version, count, warns }) => {
    const path = join(dir, "edits.mp4");
    const file = await readFile(join(FIXTURES, "trimmed-end-elst.mp4"));
    await writeFile(path, withEdits(file, edits, version));
    const clip = await read(path);
    const pictures = await ffmpegFrames(path);
    expect([clip.frames.length, pictures.length]).toEqual([count, count]);
    expect(largestDifference(clip.frames, pictures)).toBeLessThan(SAME);
    expect(rises(clip.timestamps)).toBe(true);
    expect(clip.source!.to - clip.source!.from).toBeCloseTo(count / 25, 2);
    expect(clip.warnings.map(({ code }) => code)).toEqual(warns ? ["edit-rate-ignored"] : []);
  });

  it("count in ranges by time", async () => {
    const path = join(FIXTURES, "empty-then-trim-elst.mp4");
    const pictures = await ffmpegFrames(path);
    const part = await read(path, { from: 0.36, to: 0.44 });
    // The pictures begin after an empty edit of 0.2 s.
    expect(largestDifference(part.frames, pictures.slice(4, 6))).toBeLessThan(SAME);
    expect(part.frames).toHaveLength(2);
  });
});

describe("a size that changes", () => {
  it("is scaled to the first one, and told once with frame, time and sizes", async () => {
    const { frames, warnings } = await read(join(FIXTURES, "size-falls-vp8.mkv"));
    expect(frames).toHaveLength(20);
    expect(new Set(frames.map(({ width, height }) => `${width}x${height}`))).toEqual(new Set(["192x144"]));
    expect(warnings.map(({ code }) => code)).toEqual(["frame-size-changes"]);
    expect(warnings[0]!.message).toMatch(/192x144.*128x96 in frame 10 \(at 0\.4 s\)/);
  });

  it.each([
    {
      name: "grows",
      sizes: [
        [64, 48],
        [128, 96],
      ],
    },
    {
      name: "changes its aspect",
      sizes: [
        [64, 48],
        [48, 96],
      ],
    },
    {
      name: "falls",
      sizes: [
        [128, 96],
        [64, 48],
      ],
    },
  ] as const)("and $name (VP9)", async ({ sizes }) => {
    const path = join(dir, "sizes.mkv");
    const pieces = sizes.map(([width, height]) => toyFrames(4, width, height));
    await encodeSizes(path, pieces);
    const { frames, warnings } = await read(path);
    expect(frames.map((frame) => nearest(frame, pieces[0]!)).slice(0, 4)).toEqual([0, 1, 2, 3]);
    expect(frames.map(({ width, height }) => [width, height])).toEqual(Array(8).fill([...sizes[0]]));
    expect(warnings.map(({ code }) => code)).toEqual(["frame-size-changes"]);
  });
});

/** VP9 in one track with pictures of several sizes, each begun by a key frame. */
async function encodeSizes(
  path: string,
  pieces: readonly (readonly ReturnType<typeof toyFrames>[number][])[],
) {
  const { loadCodecs } = await import("../codecs.node.ts");
  const mb = await loadCodecs();
  const target = new mb.BufferTarget();
  const output = new mb.Output({ format: new mb.MkvOutputFormat(), target });
  const packets = new mb.EncodedVideoPacketSource("vp9");
  output.addVideoTrack(packets);
  await output.start();
  let offset = 0;
  for (const piece of pieces) {
    const bytes = await encodeClip(path, piece, { container: "mkv", codec: "vp9", time: (i) => i / 25 });
    const input = new mb.Input({ source: new mb.BufferSource(bytes), formats: mb.ALL_FORMATS });
    const track = (await input.getPrimaryVideoTrack())!;
    const decoderConfig = (await track.getDecoderConfig())!;
    for await (const packet of new mb.EncodedPacketSink(track).packets()) {
      const moved = packet.clone({ timestamp: packet.timestamp + offset / 25 });
      await packets.add(moved, { decoderConfig });
    }
    offset += piece.length;
    input.dispose();
  }
  await output.finalize();
  await writeFile(path, new Uint8Array(target.buffer!));
}
