/** Gradients of the whole UNet against those that the released code recorded while it tuned small models. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createEngine } from "../../../src/runtime/index.node.ts";
import { floatTensor } from "../../../src/tensor/index.ts";
import { fixture } from "../../support/fixtures.ts";
import { checkTuning, computeCall } from "./check.ts";
import { compareTuning, tuningRuns } from "./index.ts";
import { type Recorded, readRecorded } from "./recorded.ts";

const ROOT = fixture("");
const engine = createEngine({ threads: 2 });
afterAll(() => engine.close());

describe("the gradients of a tuning step", () => {
  let recorded: Recorded;
  beforeAll(async () => {
    recorded = await readRecorded(ROOT, "class_images");
  });

  it.each([
    ["class_images", 248],
    ["from_image_model", 216],
  ])("are those of the released code: %s", async (run, tensors) => {
    expect(await tuningRuns(ROOT)).toContain(run);
    const { rows, failures } = await compareTuning(ROOT, run);
    expect(failures).toEqual([]);
    expect(rows.map(({ quantity, verdict }) => [quantity, verdict])).toEqual([
      ["prediction", "ok"],
      ["loss", "ok"],
      ["norm of the gradients", "ok"],
      ["gradients", "ok"],
    ]);
    expect(rows.at(-1)!.compared).toBe(`${tensors} tensors`);
  });

  it("are told apart from others", async () => {
    const [first] = recorded.calls;
    const name = "mid_block.attentions.0.transformer_blocks.0.attn1.to_q.weight";
    const { shape, data } = first!.gradients!.get(name)!;
    const wrong = floatTensor(shape, data.with(0, data[0]! + 1e-4 * first!.norm));
    const changed = { ...first!, gradients: new Map([...first!.gradients!, [name, wrong]]) };
    const rows = await checkTuning(engine, { ...recorded, calls: [changed] });
    expect(rows.find(({ quantity }) => quantity === "gradients")).toMatchObject({
      verdict: "MISS",
      worst: expect.stringContaining(name),
    });
  });

  it("are the same when each block is computed again in the backward pass", async () => {
    const call = recorded.calls.find(({ clip }) => clip)!;
    const kept = await computeCall(engine, recorded, call, recorded.parameters);
    const again = await computeCall(engine, recorded, call, recorded.parameters, true);
    expect(again.loss).toBe(kept.loss);
    expect([...again.gradients.keys()]).toEqual([...kept.gradients.keys()]);
    for (const [name, gradient] of again.gradients)
      expect(gradient).toBeAllclose(kept.gradients.get(name)!, {
        absolute: 1e-6 * call.norm,
        relative: 1e-5,
      });
  });
});
