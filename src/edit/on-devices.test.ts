/** An edit on every device that is here, in each precision that it has, against the processor's in single. */
import { expect, it } from "vitest";
import { devicesHere, halfDevicesHere } from "../../test/support/devices.ts";
import { memoryStore } from "../../test/support/memory-store.ts";
import { type Device, LOWERINGS, type Precision } from "../graph/index.ts";
import { createModel } from "../pipeline/model.ts";
import { openCheckpoint } from "../pipeline/open-checkpoint.node.ts";
import { createEngine } from "../runtime/index.node.ts";
import { readVideo } from "../video/index.node.ts";
import { edit, invert } from "./index.ts";

const SENTENCE = "a red car on a road under a blue sky";
const clip = await readVideo("examples/car.mp4", { frames: 1 });

/** The example's first frame, small and in one step: a renderer in software takes minutes for more. */
async function editOn(device: Device, precision: Precision, store = memoryStore()): Promise<Uint8Array> {
  const lowering = { ...LOWERINGS[device], precision };
  await using engine = createEngine({ device, lowering, isProbe: true });
  const model = createModel(await openCheckpoint("tinytown", {}), engine, "tinytown");
  const inversion = await invert(model, clip, { prompt: SENTENCE, steps: 1, size: 32, store });
  const { frames } = await edit(model, inversion, { prompt: SENTENCE.replace("red", "blue"), store });
  return Uint8Array.from(frames.flatMap(({ data }) => [...data]));
}

function psnr(found: Uint8Array, expected: Uint8Array): number {
  const error = found.reduce((sum, value, i) => sum + (value - expected[i]!) ** 2, 0) / found.length;
  return error === 0 ? 100 : 10 * Math.log10(255 ** 2 / error);
}

const cases = [
  ...(await devicesHere()).filter((device) => device !== "cpu").map((device) => [device, "fp32"] as const),
  ...(await halfDevicesHere()).map((device) => [device, "fp16"] as const),
];
const store = memoryStore();
const expected = await editOn("cpu", "fp32", store);
const kept = store.states.size;

it.each(cases)(
  "an edit on %s in %s is that on the processor in single precision",
  async (device, precision) => {
    const found = await editOn(device, precision, device === "cpu" ? store : memoryStore());
    expect(found).toHaveLength(expected.length);
    expect(psnr(found, expected)).toBeGreaterThan(40);
    if (precision === "fp16") expect(found).not.toEqual(expected);
    // What is kept of a job in one precision is not gone on from in the other.
    if (device === "cpu") expect(store.states.size).toBe(2 * kept);
  },
  600_000,
);
