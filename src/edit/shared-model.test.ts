/** The library as programs call it: several jobs on one model, and calls that cannot be. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inRepository } from "../../test/support/fixtures.ts";
import { loadModel } from "../pipeline/index.node.ts";
import type { Model, ProgressEvent } from "../pipeline/index.ts";
import { readVideo, writeVideo } from "../video/index.node.ts";
import type { GivenVideo, Video } from "../video/index.ts";
import { edit, type Inversion, invert, planEdit } from "./index.ts";

const SOURCE = { prompt: "a red car on a road", steps: 3 };
const TARGET = { prompt: "a blue car on a road" };

let model: Model;
let clip: Video;
let inversion: Inversion;
beforeAll(async () => {
  model = await loadModel("tinytown", { threads: 2 });
  clip = await readVideo(inRepository("examples/car.mp4"), { frames: 2 });
  inversion = await invert(model, clip, SOURCE);
});
afterAll(() => model.close());

describe("jobs on one model", () => {
  it("give what each gives alone, whatever becomes of the others", async () => {
    const alone = await edit(model, inversion, TARGET);
    const abort = new AbortController();
    const aborted = edit(model, inversion, { prompt: "a green car on a road", signal: abort.signal });
    const left = edit(model, inversion, { prompt: "a yellow car on a road" });
    const stop = async (): Promise<void> => {
      for await (const event of aborted) if (event.type === "step" && event.phase === "edit") abort.abort();
    };
    const leave = async (): Promise<void> => {
      for await (const event of left) if (event.type === "step" && event.phase === "edit") break;
    };
    const [sibling, again, stopped] = await Promise.all([
      edit(model, inversion, TARGET),
      invert(model, clip, SOURCE),
      stop().catch((error: Error) => error.name),
      leave(),
    ]);
    expect(stopped).toBe("AbortError");
    expect(sibling.frames).toEqual(alone.frames);
    expect(again.latents.data).toEqual(inversion.latents.data);
  });

  it("give the same from a fresh model whose only opener aborts", async () => {
    await using fresh = await loadModel("tinytown", { threads: 2 });
    const abort = new AbortController();
    const first = expect(invert(fresh, clip, { ...SOURCE, signal: abort.signal })).rejects.toThrow(/abort/i);
    const second = invert(fresh, clip, SOURCE);
    setTimeout(() => abort.abort(), 20);
    await first;
    expect((await second).latents.data).toEqual(inversion.latents.data);
  });
});

describe("frames of a caller", () => {
  it("may be of a canvas: what is transparent lies on white, and that is told", async () => {
    const rgba = (alpha: number): GivenVideo => ({
      fps: 8,
      frames: clip.frames.map(({ width, height, data }) => ({
        width,
        height,
        data: Uint8ClampedArray.from({ length: width * height * 4 }, (_, i) =>
          i % 4 === 3 ? alpha : data[Math.floor(i / 4) * 3 + (i % 4)]!,
        ),
      })),
    });
    expect((await invert(model, rgba(255), SOURCE)).latents.data).toEqual(inversion.latents.data);
    const events: ProgressEvent[] = [];
    const job = invert(model, rgba(128), SOURCE);
    for await (const event of job) events.push(event);
    expect(events).toContainEqual(expect.objectContaining({ type: "warning", code: "frames-transparent" }));
    expect((await job).latents.data).not.toEqual(inversion.latents.data);
  });

  it("are refused before any work where they cannot be", async () => {
    const short = { ...clip.frames[0]!, data: clip.frames[0]!.data.subarray(3) };
    await expect(invert(model, { frames: [short], fps: 8 }, SOURCE)).rejects.toMatchObject({
      code: "bad-frame",
    });
    await expect(invert(model, { frames: clip.frames } as never, SOURCE)).rejects.toMatchObject({
      code: "bad-fps",
    });
  });
});

describe("calls that cannot be", () => {
  // A caller without types.
  const call = {
    invert: invert as (...given: unknown[]) => PromiseLike<unknown>,
    edit: edit as (...given: unknown[]) => PromiseLike<unknown>,
    loadModel: loadModel as (...given: unknown[]) => PromiseLike<unknown>,
    readVideo: readVideo as (...given: unknown[]) => PromiseLike<unknown>,
    writeVideo: writeVideo as (...given: unknown[]) => PromiseLike<unknown>,
    planEdit: planEdit as (...given: unknown[]) => PromiseLike<unknown>,
  };
  it.each([
    ["no options", () => call.invert(model, clip), "prompt-missing"],
    ["no prompt", () => call.invert(model, clip, {}), "prompt-missing"],
    ["a prompt that is none", () => call.invert(model, clip, { prompt: 5 }), "prompt-missing"],
    ["no clip", () => call.invert(model, undefined, SOURCE), "no-frames"],
    ["no model", () => call.invert(undefined, clip, SOURCE), "bad-argument"],
    ["a model that is not awaited", () => call.invert(loadModel("tinytown"), clip, SOURCE), "bad-argument"],
    ["no inversion", () => call.edit(model, undefined, TARGET), "bad-argument"],
    ["a clip as the inversion", () => call.edit(model, clip, TARGET), "bad-argument"],
    ["an edit without a prompt", () => call.edit(model, inversion, {}), "prompt-missing"],
    ["an edit without options", () => call.edit(model, inversion), "prompt-missing"],
    ["a plan without a source", () => call.planEdit(model, {}, TARGET), "prompt-missing"],
    ["a plan without a target", () => call.planEdit(model, SOURCE, {}), "prompt-missing"],
    ["a name of no model", () => call.loadModel(undefined), "bad-argument"],
    ["a clip of no name", () => call.readVideo(""), "bad-argument"],
    ["a result of no name", () => call.writeVideo(undefined, clip.frames, { fps: 8 }), "bad-argument"],
    ["a result of no frames", () => call.writeVideo("a.mp4", undefined, { fps: 8 }), "no-frames"],
    ["a result of no rate", () => call.writeVideo("a.mp4", clip.frames), "bad-fps"],
  ])("are errors with a code: %s", async (_, made, code) => {
    await expect(made()).rejects.toMatchObject({ name: "FateZeroError", code });
  });
});
