import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { afterAll, expect, test } from "vitest";
import { inWords } from "../say.ts";
import type { JobEvent } from "./events.ts";
import { type Reading, readClip } from "./input.ts";
import { tellWarnings } from "./video-warning.ts";

const dir = await mkdtemp(join(tmpdir(), "fatezero-input-"));
afterAll(() => rm(dir, { recursive: true }));

async function read(path: string, reading: Reading) {
  const events: JobEvent[] = [];
  const size = { width: 64, height: 64 };
  const tell = tellWarnings((event) => events.push(event));
  const { frames } = await readClip(path, size, reading, new AbortController().signal, tell);
  const told = events.flatMap((event) =>
    event.type === "warning" ? [`${event.code}: ${inWords(event.message, ({ field }) => `--${field}`)}`] : [],
  );
  return { frames, told };
}

test("an interlaced clip is deinterlaced unless told otherwise, and the option that leaves it is named", async () => {
  const path = fileURLToPath(new URL("../../test/fixtures/video/clips/interlaced-top.mp4", import.meta.url));
  const usual = await read(path, {});
  expect(usual.told).toEqual([
    expect.stringMatching(/^deinterlaced: .* frame for frame\. Set --deinterlace to leave it as it is\.$/),
  ]);
  const left = await read(path, { deinterlace: "off" });
  expect(left.told).toEqual([]);
  expect(left.frames).not.toEqual(usual.frames);
});

test("a folder is read as a person counts; in the released code's mode by code points, with a warning", async () => {
  for (const i of [1, 2, 10]) {
    const background = { r: i, g: i, b: i };
    const image = sharp({ create: { width: 64, height: 64, channels: 3, background } });
    await image.png().toFile(join(dir, `${i}.png`));
  }
  const usual = await read(dir, {});
  expect(usual.frames.map(({ data }) => data[0])).toEqual([1, 2, 10]);
  expect(usual.told).toEqual([]);
  const released = await read(dir, { compat: "fatezero" });
  expect(released.frames.map(({ data }) => Math.round(data[0]!))).toEqual([1, 10, 2]);
  expect(released.told).toEqual([expect.stringMatching(/^frame-order: .*"10\.png" comes before "2\.png"/)]);
});
