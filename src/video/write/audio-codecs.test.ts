import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hear, tone } from "../../../test/fixtures/video/sound-clip.ts";
import { readVideo, writeVideo } from "../index.node.ts";
import type { VideoWarning } from "../index.ts";

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "fatezero-codecs-"));
});
afterAll(async () => {
  await rm(dir, { recursive: true });
});

/** Reads a clip of half a second with a tone, writes it with its sound, and hears the result through FFmpeg. */
async function through(file: string, to: string, from = 0) {
  const source = fileURLToPath(new URL(`../../../test/fixtures/video/sound/${file}`, import.meta.url));
  const clip = await readVideo(source, { from });
  const warnings: VideoWarning[] = [];
  const output = join(dir, `out.${to}`);
  const onWarning = (warning: VideoWarning) => warnings.push(warning);
  await writeVideo(output, clip.frames, { like: clip, audio: "copy", onWarning });
  expect((await readVideo(output)).frames).toHaveLength(clip.frames.length);
  return {
    source,
    heard: hear(output)!,
    warnings: warnings.map(({ code, message }) => `${code}: ${message}`),
  };
}

/** Cosine of the angle between what is heard and the tone, but for its ends. */
function likeness({ left, sampleRate }: { left: Float32Array; sampleRate: number }, from: number): number {
  let [both, one, other] = [0, 0, 0];
  for (let i = Math.round(sampleRate / 20); i < sampleRate * (0.4 - from); i++) {
    const expected = tone(from + i / sampleRate);
    both += left[i]! * expected;
    one += left[i]! ** 2;
    other += expected ** 2;
  }
  return both / Math.sqrt(one * other);
}

describe("sound that players of the container take is copied", () => {
  it.each([
    ["aac.mp4", "mp4", "aac"],
    ["aac.mp4", "mov", "aac"],
    ["aac.mp4", "mkv", "aac"],
    ["mp3.mp4", "mp4", "mp3float"],
    ["mp3.mp4", "mov", "mp3float"],
    ["opus.mkv", "mp4", "opus"],
    ["opus.mkv", "webm", "opus"],
    ["opus.mkv", "mkv", "opus"],
    ["flac.mkv", "mp4", "flac"],
    ["flac.mkv", "mkv", "flac"],
    ["ac3-51.mkv", "mp4", "ac3"],
    ["ac3-51.mkv", "mov", "ac3"],
    ["pcm-s16.mov", "mov", "pcm_s16le"],
    ["pcm-s16.mov", "mkv", "pcm_s16le"],
    ["pcm-s24.mkv", "mov", "pcm_s24le"],
    ["pcm-s24.mkv", "mkv", "pcm_s24le"],
    ["pcm-f32.mkv", "mkv", "pcm_f32le"],
    ["pcm-u8.mkv", "mov", "pcm_u8"],
    ["ulaw.mov", "mov", "pcm_mulaw"],
    ["alaw.mov", "mov", "pcm_alaw"],
  ])("%s into %s", async (file, to, codec) => {
    const { heard, warnings } = await through(file, to);
    expect(warnings).toEqual([]);
    expect(heard.codec).toBe(codec);
  });
});

describe("other sound is coded anew, and that is said", () => {
  it.each([
    ["pcm-s16.mov", "pcm_s16le", "mp4", "AAC", 16000],
    ["pcm-s24.mkv", "pcm_s24le", "mp4", "AAC", 16000],
    ["pcm-f32.mkv", "pcm_f32le", "mp4", "AAC", 8000],
    ["pcm-u8.mkv", "pcm_u8", "mp4", "AAC", 16000],
    ["pcm-s16be.mov", "pcm_s16be", "mp4", "AAC", 44100],
    ["ulaw.mov", "pcm_mulaw", "mp4", "AAC", 8000],
    ["alaw.mov", "pcm_alaw", "mp4", "AAC", 8000],
    ["alac.mov", "alac", "mp4", "AAC", 44100],
    ["alac.mov", "alac", "mov", "AAC", 44100],
    ["opus.mkv", "opus", "mov", "AAC", 48000],
    ["flac.mkv", "flac", "mov", "AAC", 48000],
    ["ulaw.mov", "pcm_mulaw", "mkv", "FLAC", 8000],
    ["alac.mov", "alac", "mkv", "FLAC", 44100],
    ["pcm-s16.mov", "pcm_s16le", "webm", "Opus", 48000],
    ["pcm-s16be.mov", "pcm_s16be", "webm", "Opus", 48000],
    ["flac.mkv", "flac", "webm", "Opus", 48000],
    ["aac.mp4", "aac", "webm", "Opus", 48000],
    ["mp3.mp4", "mp3", "webm", "Opus", 48000],
    ["ulaw.mov", "pcm_mulaw", "webm", "Opus", 48000],
  ])("%s (%s) into %s", async (file, was, to, name, sampleRate) => {
    const { source, heard, warnings } = await through(file, to);
    expect(warnings).toEqual([
      `audio-converted: The sound, "${was}" in "${source}", was coded anew as ${name}, which players of .${to} files take.`,
    ]);
    expect(heard).toMatchObject({ codec: name.toLowerCase(), sampleRate });
    expect(heard.left.length / sampleRate).toBeGreaterThan(0.4);
    // FFmpeg gives all Opus in webm 7 ms late, copies too.
    expect(likeness(heard, name === "Opus" ? -0.007 : 0)).toBeGreaterThan(0.95);
  });

  it("from the moment on at which the pictures begin", async () => {
    const { heard } = await through("pcm-s16.mov", "mp4", 0.25);
    expect(likeness(heard, 0.25)).toBeGreaterThan(0.95);
    expect(heard.left.length / 16000).toBeLessThan(0.4);
  });

  it("six channels become two", async () => {
    const { heard, warnings } = await through("ac3-51.mkv", "webm");
    expect(heard.channels).toBe(2);
    expect(warnings[0]).toMatch(
      /coded anew as Opus, mixed to two channels, which players of \.webm files take\.$/,
    );
  });
});
