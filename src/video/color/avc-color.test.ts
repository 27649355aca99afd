import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { toyFrames } from "../../../test/fixtures/video/toy-clip.ts";
import { loadCodecs } from "../codecs.node.ts";
import { writeVideo } from "../index.node.ts";
import { tagAvcConfig } from "./avc-color.ts";

/** Header and colour tags of the first picture as the decoder finds them in the stream. */
async function inspect(path: string) {
  const mb = await loadCodecs();
  const input = new mb.Input({ source: new mb.FilePathSource(path), formats: mb.ALL_FORMATS });
  const track = (await input.getPrimaryVideoTrack())!;
  const config = (await track.getDecoderConfig())!;
  const sample = (await new mb.VideoSampleSink(track).getSample(0))!;
  const { colorSpace } = sample;
  sample.close();
  input.dispose();
  return { colorSpace, record: new Uint8Array(config.description as Uint8Array) };
}

it.each([
  [64, 48, 8],
  [34, 22, 24],
  [256, 128, 29.97],
])("tags the stream of a %i x %i video at %d fps, and tags it once", async (width, height, fps) => {
  const dir = await mkdtemp(join(tmpdir(), "fatezero-avc-"));
  try {
    const path = join(dir, "clip.mp4");
    await writeVideo(path, toyFrames(2, width, height), { fps });
    const { colorSpace, record } = await inspect(path);
    expect(colorSpace).toMatchObject({
      primaries: "bt709",
      transfer: "bt709",
      matrix: "bt709",
      fullRange: false,
    });
    expect(tagAvcConfig(record)).toEqual(record);
  } finally {
    await rm(dir, { recursive: true });
  }
});

/** avcC with one parameter set (and an empty picture parameter set behind it). */
const record = (sps: number[]) =>
  Uint8Array.from([1, 66, 0, 30, 255, 225, sps.length >> 8, sps.length & 255, ...sps, 1, 0, 1, 104]);

it("leaves a parameter set without VUI as it is", () => {
  // Baseline, 16x16: log2_max_frame_num 4, poc type 2, 1 reference, 1x1 macroblocks, no cropping, no VUI.
  const bits = "1 1 011 010 0 1 1 1 1 0 0 1".replaceAll(" ", "").padEnd(16, "0");
  const sps = [0x67, 66, 0, 30, Number.parseInt(bits.slice(0, 8), 2), Number.parseInt(bits.slice(8), 2)];
  expect(tagAvcConfig(record(sps))).toEqual(record(sps));
});

it("inserts the tags and keeps the bytes that must be escaped", () => {
  // The same with VUI, whose timing holds 00 00 00 01 (escaped as 00 00 03 00 …).
  const head = "1 1 011 010 0 1 1 1 1 0 1";
  const before = "0 0";
  const timing = `1 ${"0".repeat(31)}1 ${"0".repeat(27)}11000 1`;
  const after = `0 ${timing} 0 0 0 0`;
  const pack = (text: string) => {
    const bits = `${text.replaceAll(" ", "")}1`;
    const bytes: number[] = [];
    for (let i = 0; i < bits.length; i += 8) {
      const byte = Number.parseInt(bits.slice(i, i + 8).padEnd(8, "0"), 2);
      if (byte <= 3 && bytes.at(-1) === 0 && bytes.at(-2) === 0) bytes.push(3);
      bytes.push(byte);
    }
    return [0x67, 66, 0, 30, ...bytes];
  };
  const untagged = pack(`${head} ${before} 0 ${after}`);
  const tagged = pack(`${head} ${before} 1 101 0 1 00000001 00000001 00000001 ${after}`);
  expect(untagged.join()).toContain("0,0,3,");
  expect(tagAvcConfig(record(untagged))).toEqual(record(tagged));
});
