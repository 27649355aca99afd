/** Attention of a reconstruction in place of the inversion's, on tinytown with real frames. */

import { afterAll, beforeAll, expect, it } from "vitest";
import { inRepository } from "../../test/support/fixtures.ts";
import { memoryStore } from "../../test/support/memory-store.ts";
import { loadModel } from "../pipeline/index.node.ts";
import type { Model, ProgressEvent } from "../pipeline/index.ts";
import { readVideo } from "../video/index.node.ts";
import { edit, type Inversion, invert, latentsAt } from "./index.ts";

const SOURCE = "a red car on a road under a blue sky";
const TARGET = "a blue car on a road under a blue sky";
const STEPS = 6;
/** All of the source's attention, in every step. */
const WHOLE = { selfSteps: 1, crossSteps: 1, maskWords: "none", latentBlend: false } as const;

let model: Model;
let inversion: Inversion;

beforeAll(async () => {
  model = await loadModel("tinytown", { threads: 2 });
  const clip = await readVideo(inRepository("examples/car.mp4"), { frames: 2, stride: 8 });
  inversion = await invert(model, clip, { prompt: SOURCE, steps: STEPS });
});
afterAll(() => model.close());

it("is the way that the source takes back under guidance: an edit that changes nothing takes it too", async () => {
  const options = { prompt: SOURCE, ...WHOLE, guidance: 5, fuseFrom: "reconstruction" } as const;
  const { latents, reconstruction } = await edit(model, inversion, options);
  expect(latents).toBeAllclose(latentsAt(reconstruction!, 0), { absolute: 2e-4 });
  // Guidance leads away from the source, so that this is not the inversion again.
  expect(latents).not.toBeAllclose(latentsAt(inversion, 0), { absolute: 0.1 });
  expect(latentsAt(reconstruction!, STEPS)).toEqual(latentsAt(inversion, STEPS));
  expect(reconstruction!.wordMaps.data).not.toEqual(inversion.wordMaps.data);
  expect(reconstruction!.wordMaps.data.some((bits) => bits !== 0)).toBe(true);
});

it("comes to the source where nothing leads away from it", async () => {
  const miss = async (guidance: number): Promise<number> => {
    const options = { prompt: TARGET, guidance, fuseFrom: "reconstruction" } as const;
    const { reconstruction } = await edit(model, inversion, options);
    const [a, b] = [latentsAt(reconstruction!, 0), latentsAt(inversion, 0)];
    return a.data.reduce((sum, value, i) => sum + (value - b.data[i]!) ** 2, 0) / a.data.length;
  };
  expect(await miss(1)).toBeLessThan(0.5 * (await miss(7.5)));
});

it("changes an edit, which has no reconstruction otherwise", async () => {
  const options = { prompt: TARGET, guidance: 5 };
  const plain = await edit(model, inversion, options);
  expect(plain.reconstruction).toBeUndefined();
  const other = await edit(model, inversion, { ...options, fuseFrom: "reconstruction" });
  expect(other.latents).not.toBeAllclose(plain.latents, { absolute: 1e-2 });
});

it("goes on where it was stopped, to the same bytes", async () => {
  const store = memoryStore();
  const options = { prompt: TARGET, guidance: 5, fuseFrom: "reconstruction" } as const;
  const abort = new AbortController();
  const stopped = (async () => {
    for await (const event of edit(model, inversion, { ...options, store, signal: abort.signal }))
      if (event.type === "step" && event.phase === "reconstruct" && event.step === 2) abort.abort();
  })();
  await expect(stopped).rejects.toThrow(/abort/i);
  const events: ProgressEvent[] = [];
  const job = edit(model, inversion, { ...options, store });
  for await (const event of job) events.push(event);
  expect(events).toContainEqual(expect.objectContaining({ type: "resumed", phase: "reconstruct" }));
  const [again, once] = [await job, await edit(model, inversion, options)];
  expect(again.latents).toEqual(once.latents);
  expect(again.reconstruction!.latents).toEqual(once.reconstruction!.latents);
  expect(again.reconstruction!.wordMaps).toEqual(once.reconstruction!.wordMaps);
});
