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
import { denoiserOf, keepStates, recordStates, sourceStateBytes, sourceStatesOf } from "./source-states.ts";

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

/** The steps of an inversion whose source an edit by `by` would have to compute, as its states are not kept. */
async function computedSteps(of: Inversion, by: Pick<Model, "engine"> = model): Promise<readonly number[]> {
  const { denoiser, sites } = denoiserOf(model, of);
  const source = { latents: latentsAt(of, 0), text: await model.encodeText(of.ids) };
  const computed: number[] = [];
  for (let inverted = 0; inverted < of.steps; inverted++) {
    const told = new Error("it is computed");
    const plain = (): never => {
      throw told;
    };
    const step = { source, timestep: 1, inverted };
    await sourceStatesOf(by, of, { denoiser: { ...denoiser, plain }, sites }, step).catch(
      (error: unknown) => {
        if (error !== told) throw error;
        computed.push(inverted);
      },
    );
  }
  return computed;
}

describe("the source's hidden states", () => {
  it("are kept of every step", async () => {
    expect(await computedSteps(inversion)).toEqual([]);
    expect(await computedSteps(bareOf(inversion))).toEqual([0, 1, 2]);
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
    expect(await computedSteps(restored)).toEqual([0, 1, 2]);
    const first = await latentsOf(restored);
    expect((await computedSteps(restored)).length).toBeLessThan(3);
    expect(await latentsOf(restored)).toEqual(first);
    expect(first).toEqual(await latentsOf(inversion));
  });

  it("are not kept where nobody asks for it, of clips whose would be too many, for another engine", async () => {
    const alone = await invert(model, clip, { ...JOB, keepSource: false });
    expect(await computedSteps(alone)).toEqual([0, 1, 2]);
    expect(alone.latents.data).toEqual(inversion.latents.data);
    const sites = planSites(model, null, 16, 16);
    const bytes = (frames: number) =>
      sourceStateBytes(model, sites, { steps: 50, frames, height: 16, width: 16 });
    // 3 blocks of 256×64, 3 of 64×128 and one of 16×192 values.
    expect(bytes(8)).toBe(4 * 50 * 8 * (3 * 256 * 64 + 3 * 64 * 128 + 16 * 192));
    expect(bytes(240)).toBe(0);
    expect(await computedSteps(inversion, { engine: { ...model.engine } })).toEqual([0, 1, 2]);
  });
});
