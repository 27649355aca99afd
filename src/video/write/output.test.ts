import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkOutput } from "../index.node.ts";

let dir: string;
const refusal = (output: string, input?: string) =>
  expect(checkOutput(output, input === undefined ? {} : { input })).rejects;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "fatezero-output-"));
  await writeFile(join(dir, "clip.mp4"), "video");
  await mkdir(join(dir, "frames"));
  await writeFile(join(dir, "frames", "00000.png"), "image");
});
afterAll(async () => {
  await rm(dir, { recursive: true });
});

describe("checkOutput", () => {
  it("tells a folder by its last character and a video by its extension", async () => {
    expect(await checkOutput(`${join(dir, "new")}/`)).toEqual({ kind: "folder", path: join(dir, "new") });
    expect(await checkOutput(join(dir, "x.MP4"))).toEqual({ kind: "mp4", path: join(dir, "x.MP4") });
    expect((await checkOutput(`${join(dir, "a", "b", "v1.0")}/`)).kind).toBe("folder");
  });

  it.each([
    ["mov", "mov"],
    ["mkv", "mkv"],
    ["webm", "webm"],
    ["gif", "gif"],
    ["WebP", "webp"],
    ["png", "png"],
    ["jpg", "jpg"],
    ["JPEG", "jpg"],
  ])("knows .%s", async (extension, kind) => {
    expect((await checkOutput(join(dir, `x.${extension}`))).kind).toBe(kind);
  });

  it("refuses several frames for one image before any work is done", async () => {
    const path = join(dir, "x.png");
    await expect(checkOutput(path, { frames: 8 })).rejects.toThrow(
      /x\.png" is to be one image, but there are 8/,
    );
    await checkOutput(path, { frames: 1 });
    await checkOutput(join(dir, "x.webp"), { frames: 8 });
  });

  it.each([
    ["mp4", { width: 16_385, height: 16 }, "16384"],
    ["webp", { width: 16, height: 16_384 }, "16383"],
    ["gif", { width: 65_536, height: 16 }, "65535"],
    ["jpg", { width: 65_501, height: 16 }, "65500"],
  ])("refuses pictures larger than %s holds before any work is done", async (extension, size, most) => {
    const path = join(dir, `x.${extension}`);
    await expect(checkOutput(path, { size })).rejects.toMatchObject({
      code: "frame-too-large",
      message: expect.stringContaining(`${most} a side`),
    });
    await checkOutput(path, { size: { width: Number(most), height: 16 } });
    await checkOutput(join(dir, "x.png"), { size });
  });

  it("changes nothing on disk", async () => {
    await checkOutput(join(dir, "deep", "er", "x.mp4"));
    expect((await readdir(dir)).sort()).toEqual(["clip.mp4", "frames"]);
  });

  it.each(["out.avi", "out", "out.", "out.mp4.txt"])("names the formats when asked for %s", async (name) => {
    await refusal(join(dir, name)).toThrow(/End it in \.mp4, .* for a video, .* or in "\/"/);
  });

  it("refuses a path that leads through a file", async () => {
    await refusal(join(dir, "clip.mp4", "x.mp4")).toMatchObject({ code: "output-not-writable" });
  });

  it("refuses a video where a folder is, and a folder where a file is", async () => {
    await mkdir(join(dir, "folder.mp4"), { recursive: true });
    await refusal(join(dir, "folder.mp4")).toMatchObject({ code: "output-not-replaceable" });
    await rm(join(dir, "folder.mp4"), { recursive: true });
    await refusal(`${join(dir, "clip.mp4")}/`).toMatchObject({ code: "output-not-replaceable" });
  });

  it("takes an existing video and a folder of numbered frames", async () => {
    await checkOutput(join(dir, "clip.mp4"));
    await checkOutput(`${join(dir, "frames")}/`);
  });

  it.each(["diary.txt", "1.png", "00000.jpg", ".git"])("refuses a folder that holds %s", async (name) => {
    const folder = await mkdtemp(join(dir, "other-"));
    await writeFile(join(folder, "00000.png"), "");
    await writeFile(join(folder, name), "");
    await refusal(`${folder}/`).toMatchObject({ code: "output-not-replaceable" });
    await rm(folder, { recursive: true });
  });

  it("refuses to write over the input, by whatever name", async () => {
    const clip = join(dir, "clip.mp4");
    await symlink(clip, join(dir, "link.mp4"));
    await refusal(clip, clip).toMatchObject({ code: "output-is-input" });
    await refusal(join(dir, "frames", "..", "clip.mp4"), clip).toMatchObject({ code: "output-is-input" });
    await refusal(clip, join(dir, "link.mp4")).toMatchObject({ code: "output-is-input" });
    await refusal(`${join(dir, "frames")}/`, join(dir, "frames")).toMatchObject({ code: "output-is-input" });
    await rm(join(dir, "link.mp4"));
  });

  it("refuses a folder that holds the input, but not a place beside or inside it", async () => {
    await refusal(`${join(dir, "frames")}/`, join(dir, "frames", "00000.png")).toMatchObject({
      code: "output-is-input",
    });
    await checkOutput(`${join(dir, "frames", "out")}/`, { input: join(dir, "frames") });
    await checkOutput(`${join(dir, "frames2")}/`, { input: join(dir, "frames") });
  });
});
