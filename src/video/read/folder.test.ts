import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ReadOptions, readVideo } from "../index.node.ts";
import type { VideoWarning } from "../index.ts";

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "fatezero-folder-"));
});
afterAll(async () => {
  await rm(dir, { recursive: true });
});

/** A grey picture in the format that a name asks for. */
const grey = (value: number, format: "png" | "jpeg" | "webp" | "gif" = "png") =>
  sharp({ create: { width: 8, height: 8, channels: 3, background: { r: value, g: value, b: value } } })
    .toFormat(format)
    .toBuffer();

async function folderOf(name: string, files: Readonly<Record<string, Buffer | string>>): Promise<string> {
  for (const [file, bytes] of Object.entries(files)) {
    const path = join(dir, name, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, bytes);
  }
  return join(dir, name);
}

async function read(folder: string, options: ReadOptions = {}) {
  const warnings: VideoWarning[] = [];
  const clip = await readVideo(folder, { ...options, onWarning: (warning) => warnings.push(warning) });
  const values = clip.frames.map((frame) => frame.data[0]);
  return { values, warnings: warnings.map(({ code, message }) => `${code}: ${message}`) };
}

describe("a folder", () => {
  it("numbered 1 to 12 is read as a person counts, or by code points where that is asked for", async () => {
    const files: Record<string, Buffer> = {};
    for (let i = 1; i <= 12; i++) files[`frame${i}.png`] = await grey(i * 10);
    const folder = await folderOf("seq12", files);
    const counted = [10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120];
    expect(await read(folder)).toEqual({ values: counted, warnings: [] });
    const { values, warnings } = await read(folder, { order: "code-points" });
    expect(values).toEqual([10, 100, 110, 120, 20, 30, 40, 50, 60, 70, 80, 90]);
    expect(warnings).toEqual([
      `frame-order: The frames of "${folder}" are taken by code points, as the released code does: "frame10.png" comes before "frame2.png". Pad the numbers with zeros.`,
    ]);
  });

  it("names what is not taken, but not what a desktop leaves", async () => {
    const folder = await folderOf("mixed", {
      "1.png": await grey(10),
      "2.jfif": await grey(20, "jpeg"),
      "3": await grey(30, "webp"),
      ".DS_Store": "x",
      "Thumbs.db": "x",
      "._1.png": "x",
      "desktop.ini": "x",
      "notes.txt": "x",
      "preview.gif": await grey(1, "gif"),
      "masks/1.png": await grey(1),
      "project.psd": "8BPS\0\x01",
      "clip.mp4": "x",
    });
    const { values, warnings } = await read(folder);
    expect(values).toEqual([10, 20, 30]);
    expect(warnings).toEqual([
      `files-skipped: Not taken as frames, as no image that is read: "project.psd", "clip.mp4", "masks/" and 2 more in "${folder}".`,
    ]);
  });

  it("with a photograph of a kind that is not read is refused, unless it lies there as an image too", async () => {
    const heic = "\0\0\0\x18ftypheic\0\0\0\0mif1heic";
    const folder = await folderOf("phone", { "IMG_1.jpg": await grey(10, "jpeg"), "IMG_2.HEIC": heic });
    await expect(read(folder)).rejects.toMatchObject({
      code: "image-unsupported",
      message: expect.stringMatching(
        /^"[^\n]*IMG_2\.HEIC" is a HEIC picture, a kind that is not read here\./,
      ),
    });
    await writeFile(join(folder, "IMG_2.jpg"), await grey(20, "jpeg"));
    const { values, warnings } = await read(folder);
    expect(values).toEqual([10, 20]);
    expect(warnings).toEqual([expect.stringMatching(/^files-skipped: .*"IMG_2\.HEIC" in /)]);
  });

  it("without images says what it holds", async () => {
    const folder = await folderOf("none", { "a.txt": "x", "b/c.png": "x" });
    await expect(read(folder)).rejects.toMatchObject({
      code: "empty-folder",
      message: expect.stringContaining('only "a.txt", "b/".'),
    });
  });

  it("with one picture that cannot be read names it", async () => {
    const folder = await folderOf("broken", {
      "1.png": await grey(1),
      "2.png": "nothing",
      "3.png": await grey(3),
    });
    await expect(read(folder)).rejects.toMatchObject({
      code: "image-unreadable",
      message: expect.stringContaining(join(folder, "2.png")),
    });
  });

  it("names the first few pictures that their decoder complains of", async () => {
    const jpeg = await grey(50, "jpeg");
    const stray = Buffer.concat([jpeg.subarray(0, 20), Buffer.alloc(5, 1), jpeg.subarray(20)]);
    const files = Object.fromEntries([1, 2, 3, 4, 5].map((i) => [`${i}.jpg`, stray]));
    const { values, warnings } = await read(await folderOf("stray", files));
    expect(values).toEqual([50, 50, 50, 50, 50]);
    expect(warnings).toEqual([
      ...["1", "2", "3"].map((name) =>
        expect.stringMatching(
          new RegExp(
            `^image-damaged: ".*${name}\\.jpg" was read, but .*: Corrupt JPEG data: 5 extraneous bytes`,
          ),
        ),
      ),
      `image-damaged: So it is with 2 more of the pictures in "${join(dir, "stray")}".`,
    ]);
  });
});
