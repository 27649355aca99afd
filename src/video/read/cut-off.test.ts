import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { withNumber } from "../../../test/fixtures/video/edit-list.ts";
import { encodeClip, nearest, noiseFrame } from "../../../test/fixtures/video/toy-clip.ts";
import { ffmpegFrames } from "../../../test/support/ffmpeg-frames.ts";
import { loadCodecs } from "../codecs.node.ts";
import { probeVideo, readMetadata, readVideo } from "../index.node.ts";
import type { VideoWarning } from "../types.ts";

const FIXTURES = fileURLToPath(new URL("../../../test/fixtures/video/", import.meta.url));
/** Noise, so that every part of a file holds pictures. */
const frames = Array.from({ length: 40 }, (_, i) => noiseFrame(i, 64, 48));
let dir: string;
const files: Record<string, Uint8Array> = {};

/** The same pictures in another container, none of which `encodeClip` writes. */
async function repack(bytes: Uint8Array, kind: "fragments" | "live" | "ts"): Promise<Uint8Array> {
  const mb = await loadCodecs();
  const formats = {
    fragments: () => new mb.Mp4OutputFormat({ fastStart: "fragmented", minimumFragmentDuration: 0.3 }),
    live: () => new mb.MkvOutputFormat({ appendOnly: true }),
    ts: () => new mb.MpegTsOutputFormat(),
  };
  const input = new mb.Input({ source: new mb.BufferSource(bytes), formats: mb.ALL_FORMATS });
  const target = new mb.BufferTarget();
  const output = new mb.Output({ format: formats[kind](), target });
  await (await mb.Conversion.init({ input, output })).execute();
  return new Uint8Array(target.buffer!);
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "fatezero-cut-"));
  const path = join(dir, "whole");
  files["front.mp4"] = await encodeClip(path, frames);
  files["hevc.mp4"] = await encodeClip(path, frames, { codec: "hevc" });
  files["index.mkv"] = await encodeClip(path, frames, { container: "mkv" });
  files["index.webm"] = await encodeClip(path, frames, { container: "webm", codec: "vp9" });
  files["sound.mp4"] = await encodeClip(path, frames, { audio: "aac" });
  for (const kind of ["fragments", "live", "ts"] as const) {
    const extension = { fragments: "mp4", live: "mkv", ts: "ts" }[kind];
    files[`${kind}.${extension}`] = await repack(files["front.mp4"], kind);
  }
  files["recorded.webm"] = await readFile(join(FIXTURES, "containers/mediarecorder-timeslice.webm"));
  files["piped.mkv"] = await readFile(join(FIXTURES, "containers/piped-no-cues.mkv"));
});
afterAll(async () => {
  await rm(dir, { recursive: true });
});

async function read(path: string, range = {}) {
  const warnings: VideoWarning[] = [];
  const clip = await readVideo(path, { ...range, onWarning: (warning) => warnings.push(warning) });
  return { ...clip, warnings };
}

const NAMES = ["front.mp4", "hevc.mp4", "sound.mp4", "fragments.mp4", "index.mkv", "index.webm"].concat([
  "live.mkv",
  "ts.ts",
  "recorded.webm",
  "piped.mkv",
]);

describe.each(NAMES)("%s", (name) => {
  it("is read whole without a warning", async () => {
    const path = join(dir, name);
    await writeFile(path, files[name]!);
    const clip = await read(path);
    expect(clip.frames).toHaveLength(/recorded|piped/.test(name) ? 255 : 40);
    expect(clip.warnings).toEqual([]);
  });

  it.each([0.3, 0.6, 0.95])(
    "cut off at %d of its length, gives what is there and says how much",
    async (part) => {
      const path = join(dir, `cut-${name}`);
      await writeFile(path, files[name]!.subarray(0, Math.floor(files[name]!.length * part)));
      const { frames: there, warnings } = await read(path);
      const expected = (await ffmpegFrames(path)).length;
      expect(expected).toBeGreaterThan(5);
      // FFmpeg also shows what it can make of half a picture, and ends where it finds no sound.
      expect([expected - 1, expected, expected + 1]).toContain(there.length);
      expect(warnings.map(({ code }) => code)).toEqual(["video-cut-off"]);
      expect(warnings[0]!.message).toContain(
        `${there.length} ${/front|hevc|sound/.test(name) ? "of 40 " : ""}frames`,
      );
      if (!/recorded|piped/.test(name)) {
        const order = there.map((frame) => nearest(frame, frames));
        expect(order).toEqual([...order].sort((a, b) => a - b));
        expect(new Set(order).size).toBe(there.length);
      }
      // What lies before the cut can be had without a word, what lies after it cannot.
      expect((await read(path, { start: 1, frames: 3 })).warnings).toEqual([]);
      const error = read(path, { start: 4, frames: 300 });
      await expect(error).rejects.toMatchObject({ code: "video-damaged" });
      await expect(error).rejects.toThrow(/cut off .* at most \d+ frames/s);
    },
  );
});

describe("a file damaged in its middle", () => {
  it.each(["front.mp4", "index.mkv", "fragments.mp4", "recorded.webm"])(
    "gives the rest and a warning: %s",
    async (name) => {
      const bytes = Buffer.from(files[name]!);
      const middle = Math.floor(bytes.length / 2);
      for (let i = 0; i < 2500; i++) bytes[middle + i] = (i * 7919) & 255;
      const path = join(dir, `damaged-${name}`);
      await writeFile(path, bytes);
      const { frames: there, warnings } = await read(path);
      expect(there.length).toBeGreaterThan(18);
      expect(warnings.length).toBeGreaterThan(0);
    },
  );
});

describe("headers that announce what the file cannot hold", () => {
  const refused = async (path: string, figure: RegExp) => {
    for (const look of [readVideo, probeVideo]) {
      const error = look(path);
      await expect(error).rejects.toMatchObject({ code: "video-damaged" });
      await expect(error).rejects.toThrow(path);
      await expect(error).rejects.toThrow(figure);
    }
    expect(await readMetadata(path)).toBeNull();
    // Nothing was expanded: a table of a thousand million frames takes gigabytes.
    expect(process.resourceUsage().maxRSS).toBeLessThan(1_500_000);
  };

  it("are refused with the figure: a thousand million frames, a table of times", async () => {
    await refused(join(FIXTURES, "hostile/frames1e9.mp4"), /1,000,000,000 frames/);
    await refused(join(FIXTURES, "hostile/stts-count.mp4"), /4,294,967,295 times/);
  });

  const STBL = ["moov", "trak", "mdia", "minf", "stbl"];
  it.each([
    { table: "stts", at: 12 },
    { table: "stts", at: 16 },
    { table: "ctts", at: 12 },
    { table: "ctts", at: 16 },
    { table: "stsc", at: 12 },
    { table: "stco", at: 12 },
    { table: "stss", at: 12 },
    { table: "stsz", at: 16 },
  ])("are refused in $table (byte $at)", async ({ table, at }) => {
    const file = await readFile(join(FIXTURES, "containers/trimmed-end-elst.mp4"));
    const path = join(dir, "claims.mp4");
    await writeFile(path, withNumber(file, [...STBL, table], at, 0x7fff_ffff));
    await refused(path, /2,147,483,\d{3} /);
  });

  it("are refused in edit lists and fragments", async () => {
    const path = join(dir, "claims.mp4");
    const file = await readFile(join(FIXTURES, "containers/trimmed-end-elst.mp4"));
    await writeFile(path, withNumber(file, ["moov", "trak", "edts", "elst"], 12, 0x7fff_ffff));
    await refused(path, /2,147,483,647 edits/);
    const fragments = Buffer.from(files["fragments.mp4"]!);
    await writeFile(path, withNumber(fragments, ["moof", "traf", "trun"], 12, 0x7fff_ffff));
    await refused(path, /2,147,483,\d{3} samples/);
  });
});
