import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { noiseFrame, psnr, toyFrames } from "../../../test/fixtures/video/toy-clip.ts";
import { readVideo, writeVideo } from "../index.node.ts";
import type { Frame } from "../index.ts";

let dir: string;
const frames = toyFrames(6);

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "fatezero-write-"));
});
afterAll(async () => {
  await rm(dir, { recursive: true });
});

/** Two frames, then `fault`. */
async function* failing(fault: () => void): AsyncGenerator<Frame> {
  yield frames[0]!;
  yield frames[1]!;
  fault();
  yield frames[2]!;
}
const boom = () => {
  throw new Error("boom");
};

describe("writeVideo to mp4", () => {
  it("writes a file that players take: index first, avc1, colour tags in container and stream", async () => {
    const path = join(dir, "tags.mp4");
    await writeVideo(path, frames, { fps: 8 });
    const file = await readFile(path, "latin1");
    expect(file.indexOf("ftyp")).toBe(4);
    expect(file.indexOf("moov")).toBeLessThan(file.indexOf("mdat"));
    expect(file).toContain("avc1");
    // primaries, transfer and matrix 1 (bt709), limited range.
    expect(file).toContain("colrnclx\0\x01\0\x01\0\x01\0");
  });

  it("gives the same bytes at another time", async () => {
    const [first, second] = [join(dir, "first.mp4"), join(dir, "second.mp4")];
    await writeVideo(first, frames, { fps: 8 });
    vi.useFakeTimers({ toFake: ["Date"], now: new Date("2031-01-01") });
    await writeVideo(second, frames, { fps: 8 }).finally(() => vi.useRealTimers());
    expect((await readFile(first)).equals(await readFile(second))).toBe(true);
  });

  it("keeps 23.976 frames a second, many frames and an async source", async () => {
    const path = join(dir, "film.mp4");
    const fps = 24000 / 1001;
    const many = (async function* () {
      for (let i = 0; i < 150; i++) yield frames[i % 6]!;
    })();
    await writeVideo(path, many, { fps });
    const video = await readVideo(path);
    expect(video.frames).toHaveLength(150);
    expect(video.fps).toBeCloseTo(fps, 4);
  });

  it("plays as the clip it is `like`", async () => {
    const path = join(dir, "like.mp4");
    await writeVideo(path, frames, { like: { frames: [], fps: 12.5 } });
    expect((await readVideo(path)).fps).toBe(12.5);
  });

  it("writes odd sizes with the last row and column doubled", async () => {
    const path = join(dir, "odd.mp4");
    const odd = toyFrames(2, 33, 21);
    await writeVideo(path, odd, { fps: 8 });
    const [frame] = (await readVideo(path)).frames;
    expect([frame!.width, frame!.height]).toEqual([34, 22]);
    const row = (y: number, data: ArrayLike<number>, width: number) =>
      Array.from({ length: 33 * 3 }, (_, i) => data[y * width * 3 + i]!);
    expect(psnr(row(21, frame!.data, 34), row(20, odd[0]!.data, 33))).toBeGreaterThan(30);
  });

  it("takes a clip of a single tiny frame", async () => {
    const path = join(dir, "tiny.mp4");
    await writeVideo(path, toyFrames(1, 2, 2), { fps: 8 });
    expect((await readVideo(path)).frames).toHaveLength(1);
  });

  it("rounds float frames", async () => {
    const path = join(dir, "float.mp4");
    const float = { ...frames[0]!, data: Float32Array.from(frames[0]!.data, (value) => value + 0.2) };
    await writeVideo(path, [float], { fps: 8 });
    expect(psnr((await readVideo(path)).frames[0]!.data, frames[0]!.data)).toBeGreaterThan(40);
  });

  it("says that the format cannot hold a frame", async () => {
    const wide = { width: 20000, height: 2, data: new Uint8Array(20000 * 2 * 3) };
    const writing = writeVideo(join(dir, "wide.mp4"), [wide], { fps: 8 });
    await expect(writing).rejects.toMatchObject({ code: "frame-too-large" });
    expect(await readdir(dir)).not.toContain("wide.mp4");
  });
});

describe("writeVideo to a folder", () => {
  it("writes lossless numbered images, making missing parents", async () => {
    const folder = `${join(dir, "a", "b", "frames")}/`;
    await writeVideo(folder, frames, { fps: 8 });
    expect((await readdir(folder)).sort()).toEqual([0, 1, 2, 3, 4, 5].map((i) => `0000${i}.png`));
    const video = await readVideo(folder);
    expect(video.frames.map((frame) => frame.data)).toEqual(frames.map((frame) => frame.data));
  });

  it("replaces an older, longer result as a whole", async () => {
    const folder = `${join(dir, "again")}/`;
    await writeVideo(folder, frames, { fps: 8 });
    await writeFile(join(folder, ".DS_Store"), "");
    await writeVideo(folder, frames.slice(3, 5), { fps: 8 });
    const video = await readVideo(folder);
    expect(video.frames.map((frame) => frame.data)).toEqual([frames[3]!.data, frames[4]!.data]);
  });

  it("does not delete a folder that holds anything else", async () => {
    const folder = join(dir, "mixed");
    await writeVideo(`${folder}/`, frames, { fps: 8 });
    await writeFile(join(folder, "diary.txt"), "dear diary");
    const writing = writeVideo(`${folder}/`, frames.slice(1), { fps: 8 });
    await expect(writing).rejects.toThrow(/holds "diary\.txt"/);
    expect(await readdir(folder)).toHaveLength(7);
  });

  it("does not delete a file that came into the folder meanwhile", async () => {
    const folder = join(dir, "meanwhile");
    await writeVideo(`${folder}/`, frames, { fps: 8 });
    const slow = (async function* () {
      yield frames[0]!;
      await writeFile(join(folder, "diary.txt"), "dear diary");
    })();
    await expect(writeVideo(`${folder}/`, slow, { fps: 8 })).rejects.toThrow(/diary\.txt/);
    expect(await readdir(folder)).toHaveLength(7);
  });
});

describe.each(["kept.mp4", "kept/"])("an interrupted writeVideo to %s", (name) => {
  const content = async () => {
    const path = join(dir, name);
    return (await stat(path)).isDirectory()
      ? Promise.all((await readdir(path)).sort().map((file) => readFile(join(path, file), "base64")))
      : await readFile(path, "base64");
  };

  const interruptions: [string, (output: string) => Promise<void>, RegExp][] = [
    ["a failing source", (output) => writeVideo(output, failing(boom), { fps: 8 }), /boom/],
    [
      "an abort",
      (output) => {
        const controller = new AbortController();
        const abort = () => controller.abort(new Error("stop"));
        return writeVideo(output, failing(abort), { fps: 8, signal: controller.signal });
      },
      /stop/,
    ],
    [
      "a frame of another size",
      (output) => writeVideo(output, [...frames, noiseFrame(1, 32, 32)], { fps: 8 }),
      /Frame 6 has 32x32 pixels.* 64x48/,
    ],
    ["no frames", (output) => writeVideo(output, [], { fps: 8 }), /no frames to write/],
    ["a rate of 0", (output) => writeVideo(output, frames, { fps: 0 }), /"fps" is 0/],
  ];

  it.each(interruptions)(
    "leaves what was there after %s, and nothing beside it",
    async (_, write, message) => {
      const output = join(dir, name) + (name.endsWith("/") ? "/" : "");
      await writeVideo(output, frames, { fps: 8 });
      const [before, names] = [await content(), await readdir(dir)];
      await expect(write(output)).rejects.toThrow(message);
      expect(await content()).toEqual(before);
      expect(await readdir(dir)).toEqual(names);
    },
  );

  it("leaves nothing where nothing was", async () => {
    const fresh = name.endsWith("/") ? `${join(dir, "fresh")}/` : join(dir, "fresh.mp4");
    const names = await readdir(dir);
    await expect(writeVideo(fresh, failing(boom), { fps: 8 })).rejects.toThrow("boom");
    expect(await readdir(dir)).toEqual(names);
  });
});
