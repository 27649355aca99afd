/** Live pictures of an edit, on tinytown with real frames. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { fixture, inRepository } from "../../test/support/fixtures.ts";
import { memoryStore } from "../../test/support/memory-store.ts";
import { psnr } from "../metrics/index.ts";
import { loadModel, loadVae } from "../pipeline/index.node.ts";
import type { Model, Vae } from "../pipeline/index.ts";
import { readVideo } from "../video/index.node.ts";
import { edit, type Inversion, invert, type LiveEvent, type LiveOptions } from "./index.ts";

const TARGET = "a blue car on a road under a blue sky";
const STEPS = 6;

let model: Model;
let inversion: Inversion;
let taetown: Vae;

beforeAll(async () => {
  model = await loadModel("tinytown", { threads: 2 });
  taetown = await loadVae(fixture("models/taetown"));
  const clip = await readVideo(inRepository("examples/car.mp4"), { frames: 3, stride: 4 });
  inversion = await invert(model, clip, { prompt: "a red car on a road under a blue sky", steps: STEPS });
});
afterAll(() => model.close());

async function watched(live: LiveOptions) {
  const job = edit(model, inversion, { prompt: TARGET, live });
  const seen: LiveEvent[] = [];
  for await (const event of job) if (event.type === "live") seen.push(event);
  return { result: await job, seen };
}

it("shows what the edit will be, ever nearer to it, and changes nothing of it", async () => {
  const plain = await edit(model, inversion, { prompt: TARGET });
  const { result, seen } = await watched({ every: 2, frames: 2 });
  expect(result.latents).toEqual(plain.latents);
  expect(result.frames).toEqual(plain.frames);
  expect(seen.map(({ step, steps, shown }) => [step, steps, shown])).toEqual([
    [2, STEPS, [0, 2]],
    [4, STEPS, [0, 2]],
    [6, STEPS, [0, 2]],
  ]);
  const near = seen.map(({ frames }) => psnr([frames[1]!], [plain.frames[2]!]));
  // The latents themselves are still half noise then: decoded they would be nowhere near.
  expect(near[0]).toBeGreaterThan(15);
  expect(near[2]).toBeGreaterThan(near[0]!);
  expect(near[2]).toBeGreaterThan(30);
});

it("is decoded by another VAE where one is given, and the result by the model's own", async () => {
  const plain = await edit(model, inversion, { prompt: TARGET });
  const { result, seen } = await watched({ every: STEPS, vae: taetown });
  expect(result.frames).toEqual(plain.frames);
  const [{ shown, frames }] = seen as [LiveEvent];
  expect(shown).toEqual([0, 1, 2]);
  const near = psnr([frames[0]!], [plain.frames[0]!]);
  expect(near).toBeGreaterThan(18);
  expect(near).toBeLessThan(40);
});

it("goes on with an edit that was stopped", async () => {
  const store = memoryStore();
  const abort = new AbortController();
  const options = { prompt: TARGET, store, live: { every: 2, vae: taetown } };
  const stopped = (async () => {
    for await (const event of edit(model, inversion, { ...options, signal: abort.signal }))
      if (event.type === "live") abort.abort();
  })();
  await expect(stopped).rejects.toThrow();
  const steps: number[] = [];
  for await (const event of edit(model, inversion, options))
    if (event.type === "live") steps.push(event.step);
  expect(steps.at(-1)).toBe(STEPS);
  expect(steps.length).toBeLessThan(3);
});

it("is refused before any work where it cannot be", async () => {
  const refused = (live: LiveOptions) => edit(model, inversion, { prompt: TARGET, live });
  await expect(refused({ every: 0 })).rejects.toMatchObject({ code: "bad-option" });
  await expect(refused({ frames: 0 })).rejects.toMatchObject({ code: "bad-option" });
  const other = await loadVae(fixture("models/micro-sd/vae"));
  await expect(refused({ vae: other })).rejects.toMatchObject({ code: "checkpoint-mismatch" });
  await expect(refused({ vae: other })).rejects.toThrow(/4 channels of \d pixels, but the model's have 8/);
});
