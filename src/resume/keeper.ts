import { FateZeroError } from "../errors.ts";
import type { JobState, StateStore } from "./types.ts";

/** Share of a job's time that saving its state may take. */
const SHARE = 0.05;
/** Work that may be lost at most, in milliseconds, whatever saving takes, unless a job says otherwise. */
const MOST_LOST_MS = 5000;

export interface KeeperWarning {
  readonly type: "warning";
  readonly code: "state-unreadable" | "state-not-saved";
  readonly message: string;
}

type Warnings<T> = AsyncGenerator<KeeperWarning, T, void>;

/** Keeps the state of one job. Nothing that goes wrong with a store fails the job: it is told, and the job goes on. */
export interface Keeper {
  /** The state to go on from; `isUsable` looks whether it fits the job. */
  load(isUsable: (state: JobState) => boolean): Warnings<JobState | null>;
  /** After each step: saves if that costs little, or much work would be lost. */
  step(state: () => JobState): Warnings<void>;
  /** What is to be saved where the job ends now; nothing is written. */
  later(state: () => JobState): void;
  /** Saves what `step` or `later` was given last, unless it is saved already; null if that cannot be. */
  flush(): Warnings<JobState | null>;
  /** The state that is saved, older than the last that `step` was given; null if none is. */
  saved(): JobState | null;
  remove(): Promise<void>;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Makes a keeper of the state under a key; without a store it does nothing. */
export function createKeeper(
  store: StateStore | undefined,
  key: string,
  mostLostMs: number = MOST_LOST_MS,
): Keeper {
  let latest: (() => JobState) | null = null;
  let saved: JobState | null = null;
  let failed = store?.isReadOnly ?? false;
  let spent = 0;
  const began = performance.now();
  let savedAt = began;

  async function* save(): Warnings<JobState | null> {
    if (!store || failed || !latest) return saved;
    const start = performance.now();
    const state = latest();
    try {
      await store.save(key, state);
      saved = state;
      latest = null;
    } catch (error) {
      // Told once: a full disk stays full, and the same line every few seconds helps nobody.
      failed = true;
      yield {
        type: "warning",
        code: "state-not-saved",
        message: `The state of the work is not kept from here on, so a stopped run would begin further back: ${messageOf(error)}`,
      };
    }
    savedAt = performance.now();
    spent += savedAt - start;
    return saved;
  }

  return {
    async *load(isUsable) {
      if (!store) return null;
      try {
        const state = await store.load(key);
        if (state === null || isUsable(state)) {
          saved = state;
          return state;
        }
        throw new FateZeroError(
          "state-unreadable",
          `The saved state ${key} does not fit.`,
          "It is replaced.",
        );
      } catch (error) {
        yield {
          type: "warning",
          code: "state-unreadable",
          message: `What an earlier run left is ignored, and the work begins anew. ${messageOf(error)}`,
        };
        return null;
      }
    },
    async *step(state) {
      latest = state;
      const now = performance.now();
      if (spent <= SHARE * (now - began) || now - savedAt >= mostLostMs) yield* save();
    },
    later(state) {
      latest = state;
    },
    flush: save,
    saved: () => saved,
    async remove() {
      // What cannot be removed now goes when the store is full.
      await store?.remove(key).catch(() => {});
    },
  };
}
