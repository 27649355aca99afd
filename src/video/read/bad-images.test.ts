import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { noiseFrame } from "../../../test/fixtures/video/toy-clip.ts";
import { FateZeroError } from "../../errors.ts";
import { probeVideo, readMetadata, readVideo, writeVideo } from "../index.node.ts";

let dir: string;
const frames = Array.from({ length: 12 }, (_, i) => noiseFrame(i, 64, 48));

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "fatezero-bad-images-"));
});
afterAll(async () => {
  await rm(dir, { recursive: true });
});

async function failure(work: Promise<unknown>, path: string): Promise<FateZeroError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(FateZeroError);
  expect((error as Error).message).toContain(path);
  return error as FateZeroError;
}

/** A gif of one byte of picture whose header promises `width` x `height` pixels. */
function promisingGif(width: number, height: number): Buffer {
  const size = [width & 255, width >> 8, height & 255, height >> 8];
  const screen = [...size, 0xf0, 0, 0];
  const image = [0x2c, 0, 0, 0, 0, ...size, 0, 2, 2, 0x4c, 1, 0, 0x3b];
  return Buffer.concat([
    Buffer.from("GIF89a"),
    Uint8Array.from([...screen, 0, 0, 0, 255, 255, 255, ...image]),
  ]);
}

describe("an image file", () => {
  it.each(["png", "jpg", "webp", "gif"])("of text called .%s is named", async (extension) => {
    const path = join(dir, `text.${extension}`);
    await writeFile(path, "this is no image\n".repeat(20));
    expect((await failure(readVideo(path), path)).code).toBe("image-unreadable");
    expect((await failure(probeVideo(path), path)).code).toBe("image-unreadable");
  });

  it("that is empty is named", async () => {
    const path = join(dir, "empty.png");
    await writeFile(path, "");
    expect((await failure(readVideo(path), path)).code).toBe("image-unreadable");
    expect(await readMetadata(path).catch((error: FateZeroError) => error.code)).toBe("image-unreadable");
  });

  it("cut off, an animated gif, gives the frames before that", async () => {
    const path = join(dir, "cut-animation.gif");
    await writeVideo(path, frames, { fps: 8 });
    const bytes = await readFile(path);
    await writeFile(path, bytes.subarray(0, bytes.length / 2));
    expect((await readVideo(path, { frames: 3 })).frames).toHaveLength(3);
    const error = await failure(readVideo(path), path);
    expect(error.code).toBe("video-damaged");
    expect(error.message).toMatch(/cut off within frame [4-7]\./);
  });

  it.each(["png", "jpg", "webp", "gif"])("cut off, .%s, is named", async (extension) => {
    const path = join(dir, `cut.${extension}`);
    const count = extension === "webp" ? 12 : 1;
    await writeVideo(path, frames.slice(0, count), { fps: 8 });
    const bytes = await readFile(path);
    await writeFile(path, bytes.subarray(0, bytes.length / 2));
    expect((await failure(readVideo(path), path)).code).toBe("image-unreadable");
  });

  it("that would take more memory than there is, is named before it is decoded", async () => {
    const path = join(dir, "bomb.gif");
    await writeFile(path, promisingGif(65535, 65535));
    const error = await failure(readVideo(path), path);
    expect(error.code).toBe("image-too-large");
    expect(error.message).toMatch(/65535x65535 pixels, more than the 134 million/);
    expect((await failure(probeVideo(path), path)).code).toBe("image-too-large");
  });

  it("is found out by what it holds, not by its name", async () => {
    const path = join(dir, "really-a-png.mp4");
    await writeVideo(join(dir, "a.png"), frames.slice(0, 1), { fps: 8 });
    await writeFile(path, await readFile(join(dir, "a.png")));
    expect((await readVideo(path)).kind).toBe("image");
  });

  it("holds no second frame", async () => {
    await writeVideo(join(dir, "one.png"), frames.slice(0, 1), { fps: 8 });
    const error = await failure(readVideo(join(dir, "one.png"), { frames: 8 }), join(dir, "one.png"));
    expect(error.code).toBe("bad-frame-range");
  });
});

describe("readMetadata", () => {
  it("says that a file is missing", async () => {
    const path = join(dir, "nowhere.png");
    expect((await failure(readMetadata(path), path)).code).toBe("input-missing");
  });

  it("finds nothing in files of others", async () => {
    const path = join(dir, "text.mp4");
    await writeFile(path, "no video");
    expect(await readMetadata(path)).toBeNull();
    expect(await readMetadata(dir)).toBeNull();
  });
});

it("a folder with another program's file is not replaced", async () => {
  const folder = `${join(dir, "model")}/`;
  await writeVideo(folder, frames.slice(0, 1), { fps: 8 });
  await writeFile(join(folder, "fatezero.json"), '{"style":{"steps":50}}');
  const error = await failure(writeVideo(folder, frames.slice(0, 1), { fps: 8 }), folder);
  expect(error.code).toBe("output-not-replaceable");
  expect(error.message).toContain("fatezero.json");
});
