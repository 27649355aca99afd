import type { FloatTensor } from "../tensor/index.ts";

/** How far a job has come: everything it needs to go on as if it had never stopped. */
export interface JobState {
  /** Steps that are done. */
  readonly step: number;
  /** Steps of the whole. */
  readonly steps: number;
  /** What the job is, for a person who looks at the store. */
  readonly title: string;
  readonly tensors: Readonly<Record<string, FloatTensor>>;
}

/**
 * Where jobs keep their state. A key stands for everything that a job's numbers depend on: the same key, the same
 * numbers. Several processes may use one store, with the same keys too.
 */
export interface StateStore {
  /** The state saved under this key, null where there is none. Throws FateZeroError on one that cannot be used. */
  load(key: string): Promise<JobState | null>;
  /** Replaces the state under this key when the new one is complete. Throws FateZeroError where it cannot be kept. */
  save(key: string, state: JobState): Promise<void>;
  /** Forgets it; nothing happens where there is none. */
  remove(key: string): Promise<void>;
  /** Nothing can be saved, which whoever made the store has told: jobs only go on from what is there. @default false */
  readonly isReadOnly?: boolean;
}
