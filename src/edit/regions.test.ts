/** Regions on tinytown with the frames of two cars whose perfect edits are known: few steps, but the whole way. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inRepository } from "../../test/support/fixtures.ts";
import { psnr } from "../metrics/index.ts";
import { loadModel } from "../pipeline/index.node.ts";
import type { Model } from "../pipeline/index.ts";
import { floatTensor } from "../tensor/index.ts";
import { readVideo } from "../video/index.node.ts";
import type { Frame, Video } from "../video/index.ts";
import { type EditKnobs, edit, type GivenRegion, type Inversion, invert, planEdit } from "./index.ts";
import { fitRegions } from "./region-shares.ts";

const SOURCE = "a red car on a road under a blue sky";
const FRAMES = 2;
const SIDE = 128;

let model: Model;
let clip: Video;
let masks: readonly Video[];
let inversion: Inversion;

const read = (path: string): Promise<Video> =>
  readVideo(inRepository(`test/clips/two-cars/${path}`), { frames: FRAMES });

beforeAll(async () => {
  model = await loadModel("tinytown", { threads: 2 });
  clip = await read("source");
  masks = await Promise.all([read("mask0"), read("mask1")]);
  inversion = await invert(model, clip, { prompt: SOURCE, steps: 10 });
});
afterAll(() => model.close());

const blue = (): GivenRegion => ({ words: "car", prompt: "a blue car", mask: masks[0]!.frames });
const yellow = (): GivenRegion => ({ words: "car", prompt: "a yellow car", mask: masks[1]!.frames });
const run = async (knobs: EditKnobs) => await edit(model, inversion, { ...knobs, sourceFrames: clip.frames });

const isIn = (mask: number, f: number, i: number): boolean => masks[mask]!.frames[f]!.data[3 * i]! > 127;
const inside = (mask: number) => (f: number, i: number) => Number(isIn(mask, f, i));
/** The largest difference of values where no mask is at all. */
function mostOutside(frames: readonly Frame[], of: readonly number[]): number {
  let most = 0;
  for (const [f, { data }] of frames.entries())
    for (const [i, value] of data.entries()) {
      const pixel = 3 * Math.floor(i / 3);
      if (of.some((mask) => masks[mask]!.frames[f]!.data[pixel]! > 0)) continue;
      most = Math.max(most, Math.abs(value - clip.frames[f]!.data[i]!));
    }
  return most;
}

describe("two alike objects, told apart by their masks", () => {
  it("are edited one alone: the other, and all else, keeps its pixels", async () => {
    const { frames } = await run({ regions: [blue()] });
    const truth = await read("0_regions/frames");
    expect(mostOutside(frames, [0])).toBe(0);
    const before = psnr(clip.frames, truth.frames, inside(0))!;
    expect(psnr(frames, truth.frames, inside(0))!).toBeGreaterThan(before + 4);
  });

  it("are edited both, each as it says", async () => {
    const { frames } = await run({ regions: [blue(), yellow()] });
    const truth = await read("1_regions/frames");
    expect(mostOutside(frames, [0, 1])).toBe(0);
    const swapped = await run({
      regions: [
        { ...blue(), prompt: "a yellow car" },
        { ...yellow(), prompt: "a blue car" },
      ],
    });
    for (const mask of [0, 1]) {
      const own = psnr(frames, truth.frames, inside(mask))!;
      expect(own).toBeGreaterThan(psnr(clip.frames, truth.frames, inside(mask))! + 2);
      expect(own).toBeGreaterThan(psnr(swapped.frames, truth.frames, inside(mask))! + 3);
    }
  });
});

describe("regions", () => {
  it("may be where a word is, beside a mask, and take a sentence of their own", async () => {
    const result = await edit(model, inversion, {
      regions: [{ words: "road", prompt: "snow" }, blue()],
      keepMasks: true,
      sourceFrames: clip.frames,
    });
    expect(result.regions!.list.map(({ plan }) => plan.target.text)).toEqual([
      "a red car on snow under a blue sky",
      "a blue car on a road under a blue sky",
    ]);
    // A word's map is another at every step.
    expect(result.masks).toMatchObject({ fixed: false });
    const sky = (_: number, i: number): number => Number(i < SIDE * 10);
    const ground = (f: number, i: number): number => Number(i > SIDE * 100 && !isIn(0, f, i));
    expect(psnr(result.frames, clip.frames, sky)!).toBeGreaterThan(35);
    expect(psnr(result.frames, clip.frames, ground)!).toBeLessThan(12);
  });

  it("leave the rest to a target prompt where there is one", async () => {
    const { frames, regions } = await run({
      prompt: "a red car on snow under a blue sky",
      regions: [blue()],
    });
    expect(regions).toMatchObject({ keepsRest: false });
    const ground = (f: number, i: number): number => Number(i > SIDE * 110 && !isIn(0, f, i));
    expect(psnr(frames, clip.frames, ground)!).toBeLessThan(25);
  });

  it("do not move what is protected", async () => {
    const data = Float32Array.from({ length: SIDE * SIDE }, (_, i) => Number(i % SIDE < 40));
    const { frames } = await run({ regions: [blue()], protect: floatTensor([1, SIDE, SIDE], data) });
    const kept = (_: number, i: number): number => Number(i % SIDE < 40);
    expect(psnr(frames, clip.frames, kept)!).toBe(Number.POSITIVE_INFINITY);
  });

  it("share the picture: never more than 1 of a position, the later on top, masks above words", async () => {
    const all = floatTensor([1, SIDE, SIDE], new Float32Array(SIDE * SIDE).fill(1));
    const { regions } = await planEdit(model, inversion, {
      regions: [{ words: "sky", prompt: "a grey sky" }, { ...blue(), mask: all }, yellow()],
    });
    const { at, unseenAt } = fitRegions(regions!.list, inversion, null);
    const [sky, car, other] = at(3)(16, 16);
    const [, , unseen] = unseenAt(3)(16, 16);
    for (let i = 0; i < sky!.data.length; i++) {
      expect(sky!.data[i]).toBeCloseTo(0);
      expect(car!.data[i]! + other!.data[i]!).toBeCloseTo(1);
      expect(unseen!.data[i]).toBe(other!.data[i]! > 0 ? 0 : 1);
    }
    expect(other!.data.reduce((sum, value) => sum + value)).toBeGreaterThan(10);
  });
});

describe("regions that cannot be are refused before any work", () => {
  const black = floatTensor([1, SIDE, SIDE]);
  const white = floatTensor([1, SIDE, SIDE], new Float32Array(SIDE * SIDE).fill(1));
  const region = { words: "car", prompt: "a blue car" };
  it.each<readonly [string, EditKnobs, string, RegExp]>([
    ["a word that is not there", { regions: [{ ...region, words: "bus" }] }, "unknown-word", /names "car"/],
    ["a word that is no thing", { regions: [{ ...region, words: "blue" }] }, "not-a-thing", /Name|names/],
    ["a black mask", { regions: [{ ...region, mask: black }] }, "mask-blank", /regions car is black/],
    [
      "one that another covers",
      {
        regions: [
          { ...region, mask: white },
          { ...region, mask: white },
        ],
      },
      "region-conflict",
      /over nothing/,
    ],
    [
      "a threshold above all",
      { regions: [region], maskThreshold: 1 },
      "region-conflict",
      /no map is above 1/,
    ],
    ["the same word twice", { regions: [region, region] }, "region-conflict", /twice/],
    ["no regions", { regions: [] }, "bad-option", /regions/],
    ["no text", { regions: [{ ...region, prompt: " " }] }, "bad-option", /prompt in its entry 0/],
    ["a mask for all", { regions: [region], mask: white }, "region-conflict", /mask would have no effect/],
    ["a removal", { regions: [region], remove: ["car"] }, "region-conflict", /remove/],
    ["factors beside them", { regions: [region], amplify: { blue: 2 } }, "region-conflict", /own text/],
    [
      "one that is protected",
      { regions: [{ ...region, mask: white }], protect: white },
      "region-conflict",
      /over nothing|protect/,
    ],
  ])("%s", async (_, knobs, code, message) => {
    await expect(planEdit(model, inversion, knobs)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });

  it("a mask of another length", async () => {
    const mask = floatTensor([3, SIDE, SIDE], new Float32Array(3 * SIDE * SIDE).fill(1));
    await expect(edit(model, inversion, { regions: [{ ...region, mask }] })).rejects.toMatchObject({
      code: "mask-length",
    });
  });
});
