/** A clip in chunks of frames comes to what it comes to as a whole: through the whole method, on real frames. */
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { inRepository } from "../../test/support/fixtures.ts";
import { memoryStore } from "../../test/support/memory-store.ts";
import { loadModel } from "../pipeline/index.node.ts";
import {
  type Chunk,
  decodeFrames,
  decodeLatents,
  encodeFrames,
  encodeImages,
  framesAtOnce,
  framesToImages,
  imagesPerRun,
  imagesToFrames,
  type MethodOptions,
  type Model,
  resolveMethod,
  runsInChunks,
} from "../pipeline/index.ts";
import { floatTensor, slice0 } from "../tensor/index.ts";
import { readVideo } from "../video/index.node.ts";
import type { Video } from "../video/index.ts";
import { type EditJobOptions, edit, invert } from "./index.ts";

const SOURCE = "a red car on a road under a blue sky";
const CLOSE = { absolute: 1e-4 };
const TARGET = "a blue car on a road under a blue sky";

let model: Model;
let car: Video;
beforeAll(async () => {
  model = await loadModel("tinytown");
  car = await readVideo(inRepository("examples/car.mp4"), {});
});
afterAll(() => model.close());

/** So many frames, there and back where the clip has fewer. */
function clipOf(count: number): Video {
  const { frames } = car;
  const around = [...frames, ...frames.toReversed()];
  return { ...car, frames: Array.from({ length: count }, (_, i) => around[i % around.length]!) };
}

async function run(
  chunk: Chunk,
  frames: number,
  { method = {}, knobs = { prompt: TARGET } }: { method?: MethodOptions; knobs?: EditJobOptions } = {},
) {
  const chunked = { ...model, chunk };
  const inversion = await invert(chunked, clipOf(frames), { prompt: SOURCE, steps: 2, size: 64, ...method });
  const { latents } = await edit(chunked, inversion, knobs);
  return { inversion, latents };
}

type Result = Awaited<ReturnType<typeof run>>;

function expectSame(result: Result, whole: Result): void {
  expect(result.latents).toBeAllclose(whole.latents, CLOSE);
  expect(result.inversion.latents).toBeAllclose(whole.inversion.latents, CLOSE);
  expect(result.inversion.wordMaps.data.length).toBe(whole.inversion.wordMaps.data.length);
  // float16 bits, which rise with the values.
  const maps = result.inversion.wordMaps.data;
  expect(maps.every((bits, i) => Math.abs(bits - whole.inversion.wordMaps.data[i]!) <= 1)).toBe(true);
}

describe("chunks of frames", () => {
  it.each([8, 24])("of any size give what %i frames at once give", async (frames) => {
    const whole = await run(frames, frames);
    const settings = resolveMethod(model, {});
    for (const size of [1, 4, 8].filter((size) => size < frames)) {
      // A chunk and the frame in the middle.
      expect(framesAtOnce({ ...model, chunk: size }, settings, frames)).toBe(size + 1);
      expectSame(await run(size, frames), whole);
    }
    expectSame(await run("auto", frames), whole);
    // The frames attended to count: were they left out, the result would be another.
    const alone = await run(frames, frames, { method: { attend: [] } });
    expect(alone.latents).not.toBeAllclose(whole.latents, CLOSE);
  });

  it.each<[MethodOptions["attend"], number]>([
    [["first", "mid", "last"], 3],
    [[-1, "first"], 2],
    [[0, "spread:2"], 3],
  ])("give the same where frames attend to %j", async (attend, size) => {
    const method = { attend: attend! };
    // Long enough that a chunk with its margin is not all of it.
    const frames = 12;
    expect(framesAtOnce({ ...model, chunk: size }, resolveMethod(model, method), frames)).toBeLessThan(
      frames,
    );
    expectSame(await run(size, frames, { method }), await run(frames, frames, { method }));
  });

  it.each<[string, EditJobOptions]>([
    [
      "masks of words and a latent blend",
      { prompt: TARGET, maskWords: { source: ["car"] }, maskThreshold: 0.3, latentBlend: true },
    ],
    [
      "a mask of predictions",
      { prompt: TARGET, maskFrom: "difference", maskThreshold: 0.5, latentBlend: true },
    ],
    ["the way of a reconstruction", { prompt: TARGET, fuseFrom: "reconstruction", maskThreshold: 0.3 }],
    ["a removal", { remove: ["car"] }],
    ["deep features taken again", { prompt: TARGET, reuseDeep: 2 }],
  ])("give the same with %s", async (_, knobs) => {
    expectSame(await run(2, 5, { knobs }), await run(5, 5, { knobs }));
  });

  it("are all frames where statistics are over the clip", async () => {
    const settings = resolveMethod(model, { compat: "fatezero" });
    expect(runsInChunks(model, settings)).toBe(false);
    expect(framesAtOnce({ ...model, chunk: 2 }, settings, 8)).toBe(8);
    const method = { groupNorm: "clip" } as const;
    expectSame(await run(2, 4, { method }), await run(4, 4, { method }));
  });

  it("are all frames of a model with layers over time", () => {
    const settings = { ...resolveMethod(model, {}), attend: { frames: [0, "mid"] } } as const;
    expect(framesAtOnce({ ...model, tuned: true, chunk: 2 }, settings, 8)).toBe(8);
  });

  it("end between two of them when aborted", async () => {
    const abort = new AbortController();
    const job = invert({ ...model, chunk: 1 }, clipOf(24), {
      ...{ prompt: SOURCE, steps: 50 },
      signal: abort.signal,
    });
    const steps: number[] = [];
    const follow = async (): Promise<void> => {
      for await (const event of job) {
        if (event.type !== "step" || event.phase !== "invert") continue;
        steps.push(event.step);
        abort.abort();
      }
    };
    await expect(follow()).rejects.toThrow(/abort/i);
    expect(steps).toEqual([1]);
  });

  it("go on from the state of a run with chunks of another size", async () => {
    const store = memoryStore();
    const options = { prompt: SOURCE, steps: 3, store };
    const abort = new AbortController();
    const first = invert({ ...model, chunk: 2 }, clipOf(8), { ...options, signal: abort.signal });
    const stop = async (): Promise<void> => {
      for await (const event of first) if (event.type === "step" && event.phase === "invert") abort.abort();
    };
    await expect(stop()).rejects.toThrow(/abort/i);
    const second = invert({ ...model, chunk: 5 }, clipOf(8), options);
    const resumed: number[] = [];
    for await (const event of second) if (event.type === "resumed") resumed.push(event.step);
    expect(resumed).toHaveLength(1);
    const whole = await invert({ ...model, chunk: 8 }, clipOf(8), { prompt: SOURCE, steps: 3 });
    expect((await second).latents).toBeAllclose(whole.latents, CLOSE);
  });
});

test("the VAE sees a few frames at a time, to the same end", async () => {
  const { frames } = clipOf(10);
  expect(imagesPerRun(128, 128)).toBe(8);
  const latents = await encodeFrames(model, frames);
  expect(latents.shape).toEqual([10, 8, 16, 16]);
  const decoded = await decodeFrames(model, latents);
  for (const i of [0, 7, 9]) {
    const alone = await encodeImages(model, framesToImages([frames[i]!]));
    expect(slice0(latents, i, i + 1)).toBeAllclose(alone, CLOSE);
    const [frame] = imagesToFrames(await decodeLatents(model, alone));
    expect(Array.from(decoded[i]!.data)).toBeAllclose(Array.from(frame!.data), { absolute: 1 });
  }
  const wrong = floatTensor([1, 8, 16, 16], new Float32Array(8 * 256).fill(Number.NaN));
  await expect(decodeFrames(model, wrong)).rejects.toMatchObject({ code: "not-finite" });
});
