import { expect, test } from "vitest";
import type { Model } from "../pipeline/index.ts";
import { MANY_FRAMES, withEstimate } from "./estimate.ts";
import type { JobEvent } from "./events.ts";

/** Of a model only what it holds in memory counts here. */
const model = { engine: { peakMemory: async () => 0 }, unetBytes: 0 } as unknown as Model;

/** The seconds that are told after steps of an inversion of ten, counted from `first`. */
async function estimates(first: number, seconds: readonly number[]): Promise<number[]> {
  const told: JobEvent[] = [];
  const onEvent = withEstimate((event) => told.push(event), model, { invert: 10, edit: [] });
  await onEvent({ type: "phase", phase: "invert", steps: 10 }, MANY_FRAMES + 1);
  for (const [i, took] of seconds.entries()) {
    const step = { phase: "invert", step: first + i, steps: 10, timestep: 1, seconds: took } as const;
    await onEvent({ type: "step", ...step }, MANY_FRAMES + 1);
  }
  return told.flatMap((event) => (event.type === "estimate" ? [event.seconds] : []));
}

test("the whole is estimated by the second step that is made, once, also of a run that goes on", async () => {
  expect(await estimates(1, [30])).toEqual([]);
  expect(await estimates(1, [30, 2, 3])).toEqual([20]);
  expect(await estimates(6, [30, 2, 3])).toEqual([20]);
});
