/** An edit is computed from what its inversion kept of the source, or from what it computes of it itself: to the same bits. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inRepository } from "../../test/support/fixtures.ts";
import { memoryStore } from "../../test/support/memory-store.ts";
import { loadModel } from "../pipeline/index.node.ts";
import { type Model, planSites } from "../pipeline/index.ts";
import { floatTensor } from "../tensor/index.ts";
import { readVideo } from "../video/index.node.ts";
import type { Video } from "../video/index.ts";
import { type EditJobOptions, edit, type Inversion, invert } from "./index.ts";
import { latentsAt } from "./inversion.ts";
import { denoiserOf, keepStates, keptSteps, recordStates, sourceStateBytes } from "./source-states.ts";

const JOB = { prompt: "a red car on a road under a blue sky", steps: 3 };
const TO_BLUE: EditJobOptions = { prompt: "a blue car on a road under a blue sky" };

let model: Model;
let clip: Video;
let inversion: Inversion;
beforeAll(async () => {
  model = await loadModel("tinytown");
  clip = await readVideo(inRepository("examples/car.mp4"), { frames: 2 });
  inversion = await invert(model, clip, JOB);
});
afterAll(() => model.close());

const latentsOf = async (of: Inversion, options = TO_BLUE) => (await edit(model, of, options)).latents.data;

/** The same inversion, of which nothing is kept. */
const bareOf = (of: Inversion): Inversion => ({
  ...of,
  latents: floatTensor(of.latents.shape, of.latents.data),
});

describe("the source's hidden states", () => {
  it("are kept of every step", () => {
    expect([...keptSteps(model, inversion)!]).toEqual([0, 1, 2]);
    expect(keptSteps(model, bareOf(inversion))).toBeNull();
  });

  it.each<readonly [string, EditJobOptions]>([
    ["an edit", TO_BLUE],
    ["one whose self-attention is masked", { ...TO_BLUE, maskSelfAttention: true, maskThreshold: 0.3 }],
    ["one of every layer", { ...TO_BLUE, fuseLayers: "all" }],
    ["one without guidance", { ...TO_BLUE, guidance: 1 }],
    ["a removal", { remove: ["car"] }],
  ])("leave %s what it is where they are not kept", async (_, options) => {
    expect(await latentsOf(bareOf(inversion), options)).toEqual(await latentsOf(inversion, options));
  });

  it("are what an edit is computed from, step by step", async () => {
    const given = bareOf(inversion);
    const { sites, denoiser } = denoiserOf(model, given);
    keepStates(model, sites, given);
    const source = { latents: latentsAt(inversion, 1), text: await model.encodeText(inversion.ids) };
    const { states } = await denoiser.plain([source], 501);
    // Of another timestep, and so wrong: whoever takes them is seen.
    for (const step of [0, 1, 2]) recordStates(model, given, step, states);
    expect(await latentsOf(given)).not.toEqual(await latentsOf(inversion));
  });

  it("are kept by the first edit of an inversion that was made before", async () => {
    const store = memoryStore();
    await invert(model, clip, { ...JOB, store, keepSource: false });
    const restored = await invert(model, clip, { ...JOB, store });
    expect(keptSteps(model, restored)!.size).toBe(0);
    const first = await latentsOf(restored);
    expect(keptSteps(model, restored)!.size).toBeGreaterThan(0);
    expect(await latentsOf(restored)).toEqual(first);
    expect(first).toEqual(await latentsOf(inversion));
  });

  it("are not kept where nobody asks for it, of clips whose would be too many, for another engine", async () => {
    const alone = await invert(model, clip, { ...JOB, keepSource: false });
    expect(keptSteps(model, alone)).toBeNull();
    expect(alone.latents.data).toEqual(inversion.latents.data);
    const sites = planSites(model, null, 16, 16);
    const bytes = (frames: number) =>
      sourceStateBytes(model, sites, { steps: 50, frames, height: 16, width: 16 });
    // 3 blocks of 256×64, 3 of 64×128 and one of 16×192 values.
    expect(bytes(8)).toBe(4 * 50 * 8 * (3 * 256 * 64 + 3 * 64 * 128 + 16 * 192));
    expect(bytes(240)).toBe(0);
    expect(keptSteps({ engine: { ...model.engine } }, inversion)).toBeNull();
  });
});
