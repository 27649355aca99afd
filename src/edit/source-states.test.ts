/** An edit is computed from what its inversion kept of the source, or from what it computes of it itself: to the same bits. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inRepository } from "../../test/support/fixtures.ts";
import { memoryStore } from "../../test/support/memory-store.ts";
import { loadModel } from "../pipeline/index.node.ts";
import { type Model, planSites } from "../pipeline/index.ts";
import { readVideo } from "../video/index.node.ts";
import type { Video } from "../video/index.ts";
import { type EditJobOptions, edit, type Inversion, invert } from "./index.ts";
import { sizesOf } from "./inversion.ts";
import { sourceStateBytes } from "./source-states.ts";

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

describe("the source's hidden states", () => {
  it("are those of every step, of the blocks that are fused", () => {
    const { recorded, tensors } = inversion.sourceStates!;
    expect([...recorded]).toEqual([0, 1, 2]);
    const first = tensors.get("source down_blocks.0.attentions.0.transformer_blocks.0")!;
    expect(first.shape).toEqual([3, 2, 256, 64]);
    const size = 2 * 256 * 64;
    const rows = [0, 1, 2].map((step) => first.data.slice(step * size, (step + 1) * size));
    for (const row of rows) expect(row.some((value) => value !== 0)).toBe(true);
    expect(rows[1]).not.toEqual(rows[0]);
  });

  it.each<readonly [string, EditJobOptions]>([
    ["an edit", TO_BLUE],
    ["one whose self-attention is masked", { ...TO_BLUE, maskSelfAttention: true, maskThreshold: 0.3 }],
    ["one of every layer", { ...TO_BLUE, fuseLayers: "all" }],
    ["one without guidance", { ...TO_BLUE, guidance: 1 }],
    ["a removal", { remove: ["car"] }],
  ])("leave %s what it is where they are not kept, and where some are missing", async (_, options) => {
    const kept = await latentsOf(inversion, options);
    const { sourceStates: __, ...bare } = inversion;
    expect(await latentsOf(bare, options)).toEqual(kept);
    const { tensors } = inversion.sourceStates!;
    expect(await latentsOf({ ...bare, sourceStates: { tensors, recorded: new Set([1]) } }, options)).toEqual(
      kept,
    );
  });

  it("are kept by the first edit of an inversion that was made before", async () => {
    const store = memoryStore();
    await invert(model, clip, { ...JOB, store, keepSource: false });
    const restored = await invert(model, clip, { ...JOB, store });
    expect(restored.sourceStates!.recorded.size).toBe(0);
    const first = await latentsOf(restored);
    expect(restored.sourceStates!.recorded.size).toBeGreaterThan(0);
    expect(await latentsOf(restored)).toEqual(first);
    expect(first).toEqual(await latentsOf(inversion));
  });

  it("are not there where nobody asks for them, nor of clips whose would be too many", async () => {
    const alone = await invert(model, clip, { ...JOB, keepSource: false });
    expect(alone.sourceStates).toBeUndefined();
    expect(alone.latents.data).toEqual(inversion.latents.data);
    const sites = planSites(model, null, 16, 16);
    const bytes = (frames: number) =>
      sourceStateBytes(model, sites, { steps: 50, frames, height: 16, width: 16 });
    // 3 blocks of 256×64, 3 of 64×128 and one of 16×192 values.
    expect(bytes(8)).toBe(4 * 50 * 8 * (3 * 256 * 64 + 3 * 64 * 128 + 16 * 192));
    expect(bytes(240)).toBe(0);
    expect(sizesOf(inversion)).toEqual({ steps: 3, frames: 2, height: 16, width: 16 });
  });

  it("go wherever the inversion is copied to", () => {
    expect(structuredClone(inversion).sourceStates).toEqual(inversion.sourceStates);
  });
});
