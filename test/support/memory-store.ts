import type { JobState, StateStore } from "../../src/resume/index.ts";

/** Keeps states as copies, as a disk would: later changes of their tensors do not reach what was saved. */
export function memoryStore(): StateStore & { readonly states: Map<string, JobState> } {
  const states = new Map<string, JobState>();
  return {
    states,
    load: async (key) => structuredClone(states.get(key) ?? null),
    save: async (key, state) => void states.set(key, structuredClone(state)),
    remove: async (key) => void states.delete(key),
  };
}
