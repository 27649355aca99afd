/** Gradients of the whole UNet against those that the released code recorded while it tuned small models. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createEngine } from "../../../src/runtime/index.node.ts";
import { floatTensor } from "../../../src/tensor/index.ts";
import { startTraining } from "../../../src/tune/adamw.ts";
import type { Network } from "../../../src/tune/network.ts";
import { fixture } from "../../support/fixtures.ts";
import { batchOf, checkTuning, networkOf } from "./check.ts";
import { compareTuning, tuningRuns } from "./index.ts";
import { type Recorded, readRecorded } from "./recorded.ts";

const ROOT = fixture("");
const engine = createEngine({ threads: 2 });
afterAll(() => engine.close());

describe("the gradients of a tuning step", () => {
  let recorded: Recorded;
  let network: Network;
  beforeAll(async () => {
    recorded = await readRecorded(ROOT, "class_images");
    network = networkOf(engine, recorded);
  });

  it.each([
    ["class_images", 248, ["parameters at the end"]],
    ["from_image_model", 216, []],
  ])("are those of the released code: %s", async (run, tensors, more) => {
    expect(await tuningRuns(ROOT)).toContain(run);
    const { rows, failures } = await compareTuning(ROOT, run);
    expect(failures).toEqual([]);
    expect(rows.filter(({ verdict }) => verdict === "ok").map(({ quantity }) => quantity)).toEqual([
      ...["prediction", "loss", "norm of the gradients", "gradients"],
      ...more,
    ]);
    expect(rows.filter(({ verdict }) => verdict === "MISS")).toEqual([]);
    expect(rows.find(({ quantity }) => quantity === "gradients")!.compared).toBe(`${tensors} tensors`);
  });

  it("are told apart from others", async () => {
    const [first] = recorded.calls;
    const name = "mid_block.attentions.0.transformer_blocks.0.attn1.to_q.weight";
    const { shape, data } = first!.gradients!.get(name)!;
    const wrong = floatTensor(shape, data.with(0, data[0]! + 1e-4 * first!.norm));
    const changed = { ...first!, gradients: new Map([...first!.gradients!, [name, wrong]]) };
    const rows = await checkTuning(network, { ...recorded, final: null, calls: [changed] });
    expect(rows.find(({ quantity }) => quantity === "gradients")).toMatchObject({
      verdict: "MISS",
      worst: expect.stringContaining(name),
    });
  });

  it.each([
    ["another learning rate", { lr: 1.1e-3 }],
    ["another average", { betas: [0.5, 0.999] as const }],
  ])("lead to other parameters with %s", async (_, change) => {
    const optimizer = { ...recorded.optimizer, ...change };
    const rows = await checkTuning(network, { ...recorded, optimizer });
    expect(rows.at(-1)).toMatchObject({ quantity: "parameters at the end", verdict: "MISS" });
  });

  it("are the same when each block is computed again in the backward pass", async () => {
    const call = recorded.calls.find(({ clip }) => clip)!;
    const parameters = new Map([...recorded.parameters].map(([name, value]) => [name, startTraining(value)]));
    const kept = await network.loss(batchOf(call), parameters);
    const again = await networkOf(engine, recorded, true).loss(batchOf(call), parameters);
    expect(again.loss).toBe(kept.loss);
    expect([...again.gradients.keys()]).toEqual([...kept.gradients.keys()]);
    for (const [name, gradient] of again.gradients)
      expect(gradient).toBeAllclose(kept.gradients.get(name)!, {
        absolute: 1e-6 * call.norm,
        relative: 1e-5,
      });
  });
});
