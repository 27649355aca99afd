import { expect, it } from "vitest";
import { FateZeroError } from "../errors.ts";
import { untilDone } from "../job/until-done.ts";
import { floatTensor } from "../tensor/index.ts";
import { createKeeper, type JobState, type StateStore } from "./index.ts";

const state = (step: number): JobState => ({ step, steps: 9, title: "", tensors: { z: floatTensor([1]) } });

function memoryStore(delay = 0): StateStore & { readonly states: Map<string, JobState> } {
  const states = new Map<string, JobState>();
  return {
    states,
    load: async (key) => states.get(key) ?? null,
    async save(key, value) {
      await new Promise((resolve) => setTimeout(resolve, delay));
      states.set(key, value);
    },
    remove: async (key) => void states.delete(key),
  };
}

async function drain<T>(work: AsyncGenerator<unknown, T, void>): Promise<{ events: unknown[]; value: T }> {
  const events: unknown[] = [];
  for (;;) {
    const next = await work.next();
    if (next.done) return { events, value: next.value };
    events.push(next.value);
  }
}

it("saves rarely where saving is slow, and the rest when asked to", async () => {
  const store = memoryStore(60);
  const keeper = createKeeper(store, "a");
  for (let step = 1; step <= 5; step++) await drain(keeper.step(() => state(step)));
  expect(store.states.get("a")!.step).toBe(1);
  expect((await drain(keeper.flush())).value?.step).toBe(5);
  expect(store.states.get("a")!.step).toBe(5);
});

it("warns once where it cannot save, and fails nothing", async () => {
  const full = new FateZeroError("no-space", "The disk is full.", "Free some.");
  const store = { ...memoryStore(), save: () => Promise.reject(full) };
  const keeper = createKeeper(store, "a");
  const events = [];
  for (let step = 1; step <= 3; step++) events.push(...(await drain(keeper.step(() => state(step)))).events);
  const flushed = await drain(keeper.flush());
  expect(flushed).toEqual({ events: [], value: null });
  expect(events).toMatchObject([
    {
      type: "warning",
      code: "state-not-saved",
      message: expect.stringContaining("The disk is full. Free some."),
    },
  ]);
});

it("warns of a state that does not fit or cannot be read, and begins anew", async () => {
  const store = memoryStore();
  await store.save("a", state(4));
  const misfit = await drain(createKeeper(store, "a").load(() => false));
  expect(misfit).toMatchObject({ value: null, events: [{ code: "state-unreadable" }] });
  const broken = { ...store, load: () => Promise.reject(new Error("broken")) };
  const unreadable = await drain(createKeeper(broken, "a").load(() => true));
  expect(unreadable).toMatchObject({ value: null, events: [{ code: "state-unreadable" }] });
  expect(await drain(createKeeper(store, "a").load(() => true))).toEqual({ value: state(4), events: [] });
});

it("does nothing without a store", async () => {
  const keeper = createKeeper(undefined, "");
  expect((await drain(keeper.load(() => true))).value).toBeNull();
  expect(await drain(keeper.step(() => state(1)))).toEqual({ events: [], value: undefined });
  expect((await drain(keeper.flush())).value).toBeNull();
});

it("forgets late when told to wait", async () => {
  const store = memoryStore();
  const waiting = untilDone(store);
  await waiting.save("a", state(1));
  await waiting.remove("a");
  expect(store.states.size).toBe(1);
  await waiting.done();
  expect(store.states.size).toBe(0);
});
