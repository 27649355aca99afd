/** Which results are the same to the bit, and on which settings: docs/library.md, "The same results". */
import { beforeAll, describe, expect, it } from "vitest";
import { edit, invert, loadModel, type MemoryMode, readVideo, type Video } from "../src/index.ts";
import { inRepository } from "./support/fixtures.ts";

let clip: Video;

/** Latents of an inversion and of an edit of it, and the frames, on so many threads. */
async function results(memory: MemoryMode, threads: number) {
  const model = await loadModel("tinytown", { memory, threads });
  try {
    const inversion = await invert(model, clip, { prompt: "a red car on a road under a blue sky", steps: 4 });
    const result = await edit(model, inversion, { prompt: "a blue car on a road under a blue sky" });
    const pixels = result.frames.flatMap(({ data }) => [...data]);
    return { inverted: inversion.latents, edited: result.latents, pixels };
  } finally {
    await model.close();
  }
}

describe("results", () => {
  beforeAll(async () => {
    clip = await readVideo(inRepository("examples/car.mp4"), { frames: 3 });
  });

  it("are the same to the bit on any number of threads", async () => {
    const one = await results("fast", 1);
    for (const threads of [2, 7]) expect(await results("fast", threads)).toEqual(one);
  });

  it("with lowMemory are the same to the bit on one number of threads, and close on others", async () => {
    const two = await results("lowMemory", 2);
    expect(await results("lowMemory", 2)).toEqual(two);
    const one = await results("lowMemory", 1);
    expect(one.inverted.data).toBeAllclose(two.inverted.data, { absolute: 1e-3 });
    expect(one.edited.data).toBeAllclose(two.edited.data, { absolute: 1e-3 });
    expect(one.pixels).toBeAllclose(two.pixels, { absolute: 1 });
  });
});
