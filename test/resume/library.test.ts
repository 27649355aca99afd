/** Jobs that are stopped and go on, in one process: every kind of state, and what must not be taken for the same job. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type EditEvent,
  type EditJobOptions,
  edit,
  type Inversion,
  type InvertOptions,
  invert,
} from "../../src/edit/index.ts";
import { loadModel } from "../../src/pipeline/index.node.ts";
import type { Job, Model } from "../../src/pipeline/index.ts";
import type { JobState, StateStore } from "../../src/resume/index.ts";
import { readVideo } from "../../src/video/index.node.ts";
import type { Video } from "../../src/video/index.ts";
import { inRepository } from "../support/fixtures.ts";

const SOURCE = "a red car on a road under a blue sky";
const TARGET = "a blue car on a road under a blue sky";
const STEPS = 6;
let model: Model;
let clip: Video;
let inversion: Inversion;

beforeAll(async () => {
  model = await loadModel("tinytown", { threads: 2 });
  clip = await readVideo(inRepository("examples/car.mp4"), { frames: 2, stride: 8 });
  inversion = await invert(model, clip, { prompt: SOURCE, steps: STEPS });
});
afterAll(() => model.close());

/** Keeps states as copies, as a disk would, and notes the keys that it was given. */
function memoryStore() {
  const states = new Map<string, JobState>();
  const given = new Set<string>();
  const store: StateStore = {
    load: async (key) => structuredClone(states.get(key) ?? null),
    save: async (key, state) => {
      given.add(key);
      states.set(key, structuredClone(state));
    },
    remove: async (key) => void states.delete(key),
  };
  return { ...store, states, given };
}

/** Runs a job until a step of a phase is done, aborts it, and returns what it said. */
async function stopAt<T>(
  make: (signal: AbortSignal) => Job<EditEvent, T>,
  phase: string,
  step: number,
): Promise<EditEvent[]> {
  const abort = new AbortController();
  const events: EditEvent[] = [];
  const ended = (async () => {
    for await (const event of make(abort.signal)) {
      events.push(event);
      if (event.type === "step" && event.phase === phase && event.step === step) abort.abort();
    }
  })();
  await expect(ended).rejects.toThrow(/abort/i);
  return events;
}

/** What a job tells, without its look for an earlier run of it. */
async function eventsOf<T>(job: Job<EditEvent, T>): Promise<EditEvent[]> {
  const events: EditEvent[] = [];
  for await (const event of job) events.push(event);
  const isLook = (event: EditEvent): boolean => "phase" in event && event.phase === "resume";
  expect(events.filter(isLook).map(({ type }) => type)).toEqual(["phase", "step"]);
  return events.filter((event) => !isLook(event));
}

describe("an inversion that was stopped", () => {
  it.each([1, 4])("after step %i goes on to the same bytes", async (step) => {
    const store = memoryStore();
    const options: InvertOptions = { prompt: SOURCE, steps: STEPS, store };
    const events = await stopAt((signal) => invert(model, clip, { ...options, signal }), "invert", step);
    // Events are read while the job runs on: it may be a step further.
    const saved = events.find((event) => event.type === "saved")!;
    expect(saved).toMatchObject({ phase: "invert", steps: STEPS });
    const job = invert(model, clip, options);
    const again = await eventsOf(job);
    expect(again[0]).toEqual({ ...saved, type: "resumed" });
    expect(again.some((event) => event.type === "phase" && event.phase === "encode")).toBe(false);
    expect(await job).toEqual(inversion);
  });

  it("and one that is finished is not made again, also for a clip that plays faster", async () => {
    const store = memoryStore();
    await invert(model, clip, { prompt: SOURCE, steps: STEPS, store });
    const job = invert(model, { ...clip, fps: 3 }, { prompt: SOURCE, steps: STEPS, store });
    expect(await eventsOf(job)).toEqual([{ type: "resumed", phase: "invert", step: STEPS, steps: STEPS }]);
    expect(await job).toEqual({ ...inversion, fps: 3 });
  });
});

describe("an inversion by older weights of the model", () => {
  it("is told, forgotten, and made again", async () => {
    const store = memoryStore();
    const options: InvertOptions = { prompt: SOURCE, steps: STEPS, store };
    const [fingerprint] = Object.values(model.checkpoint.settings?.earlier ?? {});
    await invert({ ...model, fingerprint: fingerprint! }, clip, options);
    const [before] = store.states.keys();
    const job = invert(model, clip, options);
    const [told] = await eventsOf(job);
    expect(told).toMatchObject({ type: "warning", code: "older-state" });
    expect(told).toHaveProperty(
      "message",
      expect.stringMatching(/older version of tinytown \(1, this is 2\)/),
    );
    expect(await job).toEqual(inversion);
    expect(store.states.has(before!)).toBe(false);
    expect(store.states.size).toBe(1);
    const again = await eventsOf(invert(model, clip, options));
    expect(again).toEqual([{ type: "resumed", phase: "invert", step: STEPS, steps: STEPS }]);
  });
});

describe("an edit that was stopped", () => {
  const byWords = { maskFrom: "attention", latentBlend: true, maskThreshold: 0.3 } as const;
  it.each<[string, Omit<EditJobOptions, "prompt">, number]>([
    ["with the mask of the difference", {}, 2],
    ["with the blend by words, before it begins", byWords, 1],
    ["with the blend by words, in its midst", byWords, 3],
    ["with its trajectory kept", { keepTrajectory: true }, 3],
    ["without guidance", { guidance: 1, negative: "night" }, 4],
  ])("%s goes on to the same bytes", async (_, knobs, step) => {
    const store = memoryStore();
    const options: EditJobOptions = { prompt: TARGET, ...knobs };
    const whole = await edit(model, inversion, options);
    const stopped = { ...options, store };
    const events = await stopAt((signal) => edit(model, inversion, { ...stopped, signal }), "edit", step);
    const saved = events.find((event) => event.type === "saved")!;
    expect(saved).toMatchObject({ phase: "edit", steps: STEPS });
    const job = edit(model, inversion, stopped);
    expect(await eventsOf(job)).toContainEqual({ ...saved, type: "resumed" });
    expect(await job).toEqual(whole);
    expect(store.states.size).toBe(0);
  });
});

describe("another job", () => {
  it("is no continuation: options, prompt, frames", async () => {
    const store = memoryStore();
    const base: InvertOptions = { prompt: SOURCE, steps: 1, store };
    const brighter = clip.frames.map((frame, f) => ({
      ...frame,
      data: frame.data.map((value, i) => (f === 1 && i === 77 ? value ^ 1 : value)),
    }));
    const others: [Video, InvertOptions][] = [
      [clip, base],
      [clip, { ...base, steps: 2 }],
      [clip, { ...base, prompt: TARGET }],
      [clip, { ...base, attend: [] }],
      [clip, { ...base, groupNorm: "clip" }],
      [clip, { ...base, compat: "fatezero" }],
      [clip, { ...base, size: 96 }],
      [{ ...clip, frames: brighter }, base],
      [{ ...clip, frames: clip.frames.slice(1) }, base],
    ];
    for (const [video, options] of others) await invert(model, video, options);
    expect(store.given.size).toBe(others.length);
  });

  it("is no continuation: target and settings of an edit", async () => {
    const store = memoryStore();
    const short = await invert(model, clip, { prompt: SOURCE, steps: 2 });
    const green = await invert(model, clip, { prompt: "a green car on a road under a blue sky", steps: 2 });
    const others: [Inversion, Omit<EditJobOptions, "store">][] = [
      [short, { prompt: TARGET }],
      [green, { prompt: TARGET }],
      [short, { prompt: "a green car on a road under a blue sky" }],
      [short, { prompt: TARGET, guidance: 3 }],
      [short, { prompt: TARGET, negative: "night" }],
      [short, { prompt: TARGET, selfSteps: 0 }],
      [short, { prompt: TARGET, crossSteps: 0 }],
      [short, { prompt: TARGET, amplify: { blue: 2 } }],
      [short, { prompt: TARGET, maskThreshold: 0.5 }],
      [short, { prompt: TARGET, maskFrom: "attention" }],
      [short, { prompt: TARGET, maskFrom: "attention", maskWords: { source: ["sky"] } }],
      [short, { prompt: TARGET, maskSelfAttention: false }],
      [short, { prompt: TARGET, latentBlend: false }],
      [short, { prompt: TARGET, fuseLayers: "all" }],
    ];
    for (const [from, options] of others) await edit(model, from, { ...options, store });
    expect(store.given.size).toBe(others.length);
    // Said in other words, it is the same edit.
    await edit(model, short, { prompt: TARGET, preset: "attribute", strength: 0.5, store });
    expect(store.given.size).toBe(others.length);
  });
});
