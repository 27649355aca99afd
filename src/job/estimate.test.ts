import { expect, test } from "vitest";
import { loadModel } from "../pipeline/index.node.ts";
import { type Model, resolveMethod } from "../pipeline/index.ts";
import { inWords } from "../say.ts";
import { longClipWarning, MANY_FRAMES, wholeBecause, withEstimate } from "./estimate.ts";
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

test("a long clip that is computed at once is told of, with the reason", async () => {
  await using loaded = await loadModel("tinytown");
  const why = (change: object, method = {}): string | null => {
    const because = wholeBecause({ ...loaded, ...change }, resolveMethod(loaded, method), 240);
    return because === null ? null : inWords(because);
  };
  expect(why({})).toBeNull();
  expect(why({ chunk: 8 }, { attend: ["first", "mid", "last"] })).toBeNull();
  expect(why({}, { compat: "fatezero" })).toContain("statistics are over the clip");
  expect(why({ tuned: true })).toContain("layers over time of tinytown");
  const windows = resolveMethod({ ...loaded, tuned: true }, {}, 240);
  expect(wholeBecause({ ...loaded, tuned: true }, windows, 240)).toBeNull();
  // Seven blocks look 40 frames far.
  expect(why({}, { attend: [-40] })).toContain("attend makes a chain");
  const said = longClipWarning({ frames: 240, exact: true, state: 1e6 }, "all are needed");
  expect(said).toMatchObject({ type: "warning", code: "many-frames" });
  const { message } = said as { readonly message: Parameters<typeof inWords>[0] };
  expect(inWords(message)).toMatch(/^240 frames are computed at once, as all are needed: /);
});
