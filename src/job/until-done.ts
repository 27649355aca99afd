import type { StateStore } from "../resume/index.ts";

/**
 * A store that forgets only when `done` is called: an edit's state is still there when its frames cannot be written, or
 * the process ends on the way.
 */
export function untilDone(store: StateStore): StateStore & { done(): Promise<void> } {
  const finished = new Set<string>();
  return {
    ...(store.isReadOnly ? { isReadOnly: true } : {}),
    load: (key) => store.load(key),
    save: (key, state) => store.save(key, state),
    async remove(key) {
      finished.add(key);
    },
    async done() {
      // What cannot be removed now goes when the store is full; the work is done.
      for (const key of finished) await store.remove(key).catch(() => {});
      finished.clear();
    },
  };
}
