import { expect, it } from "vitest";
import { devicesHere } from "../../test/support/devices.ts";
import type { Device } from "../graph/index.ts";
import { createModel } from "../pipeline/model.ts";
import { openCheckpoint } from "../pipeline/open-checkpoint.node.ts";
import { createEngine } from "../runtime/index.node.ts";
import { readVideo } from "../video/index.node.ts";
import { edit, invert } from "./index.ts";

const SENTENCE = "a red car on a road under a blue sky";
const here = await devicesHere();
const clip = await readVideo("examples/car.mp4", { frames: 1 });

/** The example's first frame, small and in one step: a renderer in software takes minutes for more. */
async function editOn(device: Device): Promise<Uint8Array> {
  await using engine = createEngine({ device, isProbe: true });
  const model = createModel(await openCheckpoint("tinytown", {}), engine, "tinytown");
  const inversion = await invert(model, clip, { prompt: SENTENCE, steps: 1, size: 32 });
  const { frames } = await edit(model, inversion, { prompt: SENTENCE.replace("red", "blue") });
  return Uint8Array.from(frames.flatMap(({ data }) => [...data]));
}

const others = here.filter((device) => device !== "cpu");
it.skipIf(others.length > 0)("the processor is the only device here", () => expect(here).toEqual(["cpu"]));
it.each(others)(
  "an edit on %s is that on the processor",
  async (device) => {
    const [found, expected] = [await editOn(device), await editOn("cpu")];
    expect(found).toHaveLength(expected.length);
    const error = found.reduce((sum, value, i) => sum + (value - expected[i]!) ** 2, 0) / found.length;
    expect(error === 0 ? 100 : 10 * Math.log10(255 ** 2 / error)).toBeGreaterThan(40);
  },
  600_000,
);
