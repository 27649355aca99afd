import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodeClip, toyFrames } from "../../../test/fixtures/video/toy-clip.ts";
import { loadCodecs } from "../codecs.node.ts";
import { readVideo, type WriteOptions, writeVideo } from "../index.node.ts";
import type { VideoWarning } from "../index.ts";

let dir: string;
const frames = toyFrames(48);

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "fatezero-audio-"));
  await encodeClip(join(dir, "aac.mp4"), frames, { audio: "aac" });
  await encodeClip(join(dir, "opus.webm"), frames, { container: "webm", codec: "vp9", audio: "opus" });
  await encodeClip(join(dir, "silent.mp4"), frames);
});
afterAll(async () => {
  await rm(dir, { recursive: true });
});

/** Packets of a file's sound: when they begin, and their bytes. */
async function sound(path: string) {
  const mb = await loadCodecs();
  const input = new mb.Input({ source: new mb.FilePathSource(path), formats: mb.ALL_FORMATS });
  try {
    const track = await input.getPrimaryAudioTrack();
    if (!track) return undefined;
    const packets: { time: number; bytes: string }[] = [];
    for await (const packet of new mb.EncodedPacketSink(track).packets()) {
      packets.push({ time: packet.timestamp, bytes: Buffer.from(packet.data).toString("base64") });
    }
    return { codec: await track.getCodec(), packets };
  } finally {
    input.dispose();
  }
}

async function write(name: string, clip: Parameters<typeof writeVideo>[1], options: WriteOptions) {
  const warnings: VideoWarning[] = [];
  const path = join(dir, name);
  await writeVideo(path, clip, { ...options, onWarning: (warning) => warnings.push(warning) });
  return { path, warnings: warnings.map(({ code, message }) => `${code}: ${message}`) };
}

const timesOf = (packets: readonly { readonly time: number }[]) => packets.map(({ time }) => time);

describe("the sound of a clip", () => {
  it.each([
    ["aac.mp4", "whole.mp4", "aac"],
    ["aac.mp4", "whole.mov", "aac"],
    ["aac.mp4", "whole.mkv", "aac"],
    ["opus.webm", "whole.webm", "opus"],
    ["opus.webm", "opus.mkv", "opus"],
  ])("of %s goes into %s byte by byte", async (from, to, codec) => {
    const clip = await readVideo(join(dir, from));
    expect(clip.source).toMatchObject({ from: 0, hasAudio: true });
    expect(clip.source!.to).toBeCloseTo(2, 2);
    const { path, warnings } = await write(to, clip.frames, { like: clip, audio: "copy" });
    expect(warnings).toEqual([]);
    const [before, after] = [(await sound(join(dir, from)))!, (await sound(path))!];
    expect(after.codec).toBe(codec);
    expect(after.packets.length).toBeGreaterThan(80);
    expect(after.packets.map(({ bytes }) => bytes)).toEqual(
      before.packets.slice(0, after.packets.length).map(({ bytes }) => bytes),
    );
    expect(after.packets.length).toBeGreaterThanOrEqual(before.packets.length - 2);
    expect(timesOf(after.packets)).toBeAllclose(timesOf(before.packets).slice(0, after.packets.length), {
      absolute: 5e-3,
    });
    expect((await readVideo(path)).frames).toHaveLength(48);
  });

  it("is cut with the pictures, and stays when a stride keeps the length", async () => {
    const part = await readVideo(join(dir, "aac.mp4"), { from: 0.5, to: 1.5, stride: 3 });
    expect(part.source).toMatchObject({ from: 0.5, to: 1.5 });
    const { path, warnings } = await write("part.mp4", part.frames, { like: part, audio: "copy" });
    expect(warnings).toEqual([]);
    const [before, after] = [(await sound(join(dir, "aac.mp4")))!, (await sound(path))!];
    const at = before.packets.findIndex(({ bytes }) => bytes === after.packets[0]!.bytes);
    const cut = before.packets.slice(at, at + after.packets.length);
    expect(after.packets.map(({ bytes }) => bytes)).toEqual(cut.map(({ bytes }) => bytes));
    expect(timesOf(after.packets)).toBeAllclose(
      timesOf(cut).map((time) => time - 0.5),
      { absolute: 5e-3 },
    );
    expect(after.packets.at(-1)!.time).toBeLessThan(1);
    expect(after.packets.at(-1)!.time).toBeGreaterThan(0.95);
  });

  it("can be named by itself, for frames that come one by one", async () => {
    const { source } = await readVideo(join(dir, "aac.mp4"), { frames: 24 });
    const stream = (async function* () {
      yield* frames.slice(0, 24);
    })();
    const { path, warnings } = await write("stream.mp4", stream, { fps: 24, audio: source! });
    expect(warnings).toEqual([]);
    expect((await sound(path))!.packets.at(-1)!.time).toBeLessThan(1);
  });

  it("is left out unless asked for", async () => {
    const clip = await readVideo(join(dir, "aac.mp4"));
    const { path } = await write("mute.mp4", clip.frames, { like: clip });
    expect(await sound(path)).toBeUndefined();
  });
});

describe("sound that cannot be copied is named", () => {
  it("when the length differs", async () => {
    const clip = await readVideo(join(dir, "aac.mp4"));
    const { path, warnings } = await write("a.mp4", clip.frames.slice(0, 8), { like: clip, audio: "copy" });
    expect(warnings).toEqual([
      "audio-not-copied: The sound was not copied: the video lasts 0.33 s, what it was made of 2.00 s.",
    ]);
    expect(await sound(path)).toBeUndefined();
    const fast = await readVideo(join(dir, "aac.mp4"), { fps: 48 });
    expect((await write("a.mp4", fast.frames, { like: fast, audio: "copy" })).warnings[0]).toMatch(/1\.00 s/);
  });

  it("when the format does not take it", async () => {
    const clip = await readVideo(join(dir, "aac.mp4"), { frames: 2 });
    const warnings: string[] = [];
    for (const name of ["a.gif", "a.webp", "a/"]) {
      warnings.push(...(await write(name, clip.frames, { like: clip, audio: "copy" })).warnings);
    }
    expect(warnings).toHaveLength(3);
    expect(warnings[0]).toMatch(/gif files have none/);
    expect(warnings[2]).toMatch(/folder of images has none/);
  });

  it("when the file is not known, or gone", async () => {
    const known = { fps: 24 };
    expect((await write("b.mp4", frames, { like: known, audio: "copy" })).warnings[0]).toMatch(
      /not known which/,
    );
    const source = { path: join(dir, "gone.mp4"), from: 0, to: 2, hasAudio: true };
    expect((await write("b.mp4", frames, { fps: 24, audio: source })).warnings[0]).toMatch(/cannot be read/);
  });

  it("but not when there is none", async () => {
    await writeVideo(join(dir, "image.png"), frames.slice(0, 1), { fps: 8 });
    for (const name of ["silent.mp4", "image.png"]) {
      const clip = await readVideo(join(dir, name));
      expect((await write("c.mp4", clip.frames, { like: clip, audio: "copy" })).warnings).toEqual([]);
    }
  });
});
