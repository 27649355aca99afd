import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { encodeClip, noiseFrame } from "../../../test/fixtures/video/toy-clip.ts";
import { FateZeroError } from "../../errors.ts";
import { probeVideo, readVideo } from "../index.node.ts";

let dir: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "fatezero-bad-"));
});
afterAll(async () => {
  await rm(dir, { recursive: true });
});

async function failure(
  path: string,
  read: (path: string) => Promise<unknown> = readVideo,
): Promise<FateZeroError> {
  const error: unknown = await read(path).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(FateZeroError);
  expect((error as Error).message).toContain(path);
  return error as FateZeroError;
}

const clip = () => Array.from({ length: 30 }, (_, i) => noiseFrame(i, 64, 64));

it("says that a file is missing", async () => {
  expect((await failure(join(dir, "nothing.mp4"))).code).toBe("input-missing");
});

it.each([
  ["text", "this is not a video\n".repeat(100)],
  ["nothing", ""],
])("says that %s is not a video", async (name, content) => {
  const path = join(dir, `${name}.mp4`);
  await writeFile(path, content);
  expect((await failure(path)).code).toBe("not-a-video");
  expect((await failure(path, probeVideo)).code).toBe("not-a-video");
});

it("says that a folder holds no images", async () => {
  const path = join(dir, "empty");
  await mkdir(path);
  await writeFile(join(path, "readme.txt"), "");
  expect((await failure(path)).code).toBe("empty-folder");
});

it("says that a file holds sound only", async () => {
  const header = Buffer.alloc(44 + 8000);
  header.write("RIFF", 0);
  header.writeUInt32LE(header.length - 8, 4);
  header.write("WAVEfmt ", 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(8000, 24);
  header.writeUInt32LE(16000, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write("data", 36);
  header.writeUInt32LE(8000, 40);
  const path = join(dir, "sound.wav");
  await writeFile(path, header);
  expect((await failure(path)).code).toBe("no-video-track");
});

it("reads the first frames of an mp4 that is cut off, and says how many there are to a range beyond", async () => {
  const path = join(dir, "cut.mp4");
  const bytes = await encodeClip(path, clip());
  await writeFile(path, bytes.subarray(0, bytes.length / 2));
  expect((await readVideo(path, { frames: 4 })).frames).toHaveLength(4);
  const error = await failure(path, () => readVideo(path, { frames: 20 }));
  expect(error.code).toBe("video-damaged");
  const there = Number(/(\d+) of 30 frames are there/.exec(error.message)?.[1]);
  expect(there).toBeGreaterThan(4);
  expect(there).toBeLessThan(20);
});

it("says that an mp4 whose index is cut off is not a video", async () => {
  const path = join(dir, "no-index.mp4");
  const bytes = await encodeClip(path, clip());
  await writeFile(path, bytes.subarray(0, 400));
  expect((await failure(path)).code).toBe("not-a-video");
});

it("says that an mkv that ends after its header has no frames", async () => {
  const path = join(dir, "header.mkv");
  const bytes = await encodeClip(path, clip(), { container: "mkv" });
  // The index at the file's start names the cluster's identifier too; the cluster itself comes later.
  const cluster = Buffer.from(bytes).indexOf(Buffer.from([0x1f, 0x43, 0xb6, 0x75]), 300);
  expect(cluster).toBeGreaterThan(0);
  await writeFile(path, bytes.subarray(0, cluster));
  expect((await failure(path)).code).toBe("no-frames");
});

it("does not repeat a frame where the data is damaged", async () => {
  const path = join(dir, "damaged.mp4");
  const bytes = await encodeClip(path, clip());
  bytes.fill(0xff, bytes.length / 2, bytes.length / 2 + 4000);
  await writeFile(path, bytes);
  const warnings: string[] = [];
  const whole = [...clip()];
  const { frames } = await readVideo(path, { onWarning: ({ code }) => warnings.push(code) });
  expect(frames.length).toBeLessThan(whole.length);
  expect(warnings).toEqual(["video-damaged"]);
  // A number of frames that was asked for is not given short.
  const error = await failure(path, () => readVideo(path, { frames: whole.length }));
  expect(error.code).toBe("video-damaged");
});
