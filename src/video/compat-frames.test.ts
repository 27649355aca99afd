import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { FloatTensor } from "../tensor/index.ts";
import { compatFrames } from "./compat-frames.ts";
import { readVideo } from "./read/read.node.ts";
import type { Frame } from "./types.ts";

const fixtures = fileURLToPath(new URL("../../test/fixtures/video/loading/", import.meta.url));

interface Case {
  folder: string;
  size: number;
  offset: { left: number; right: number; top: number; bottom: number };
  nFrames: number;
  start: number;
  samplingRate: number;
  shape: [number, number, number, number];
  elementOffset: number;
}

const cases = JSON.parse(await readFile(`${fixtures}cases.json`, "utf8")) as Case[];
const file = await readFile(`${fixtures}expected.bin`);
const expected = new Float32Array(file.buffer.slice(file.byteOffset, file.byteOffset + file.length));

/** Loads a folder of images as a config of the released code says. */
async function load(
  folder: string,
  clip: Partial<Case> & Pick<Case, "size" | "nFrames">,
): Promise<FloatTensor> {
  const { nFrames, start = 0, samplingRate: stride = 1 } = clip;
  const range = nFrames < 0 ? { start, stride } : { start, stride, frames: nFrames };
  // As the released code does (video_diffusion/data/dataset.py: `Image.open(path).convert("RGB")`).
  const { frames } = await readVideo(folder, { ...range, background: "none" });
  return compatFrames(frames, clip);
}

describe("compatFrames of a folder", () => {
  it.each(cases)("loads $folder as the released code does", async ({ folder, ...options }) => {
    const { shape, data } = await load(fixtures + folder, options);
    const [channels, frames, height, width] = options.shape;
    expect(shape).toEqual([frames, channels, height, width]);
    const area = height * width;
    const got: number[] = [];
    const want: number[] = [];
    for (let c = 0; c < channels; c++) {
      for (let f = 0; f < frames; f++) {
        for (let p = 0; p < area; p++) {
          want.push(expected[options.elementOffset + (c * frames + f) * area + p]!);
          got.push(data[(f * channels + c) * area + p]!);
        }
      }
    }
    expect(got).toBeAllclose(want, { absolute: 1e-5 });
  });

  it("takes every frame when nFrames is negative", async () => {
    const { shape } = await load(`${fixtures}v0`, { size: 8, nFrames: -1 });
    expect(shape).toEqual([3, 3, 8, 8]);
  });

  it("names the folder's length when it is too short", async () => {
    const loading = { size: 8, nFrames: 3, samplingRate: 2 };
    await expect(load(`${fixtures}v0`, loading)).rejects.toThrow(/v0" has 3 frames/);
  });
});

describe("compatFrames", () => {
  it("keeps the side that int(512 / S * S) would make 511", () => {
    expect(Math.trunc((512 / 49) * 49)).toBe(511);
    const gray: Frame = { width: 49, height: 49, data: new Uint8Array(49 * 49 * 3).fill(51) };
    const { shape, data } = compatFrames([gray], { size: 512 });
    expect(shape).toEqual([1, 3, 512, 512]);
    expect(Math.max(...data.subarray(0, 1000)) - -0.6).toBeCloseTo(0, 6);
  });
});
