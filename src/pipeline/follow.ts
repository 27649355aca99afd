import { FateZeroError } from "../errors.ts";
import { createKeeper, type JobState, type Keeper, type StateStore } from "../resume/index.ts";
import type { FloatTensor } from "../tensor/index.ts";
import { checkFinite } from "./check.ts";
import type { LoopPhase, Phase, ProgressEvent } from "./events.ts";

/** What surrounds the method's loops: finite checks, timing, events, and states that survive a stop. */

type Following<Result, Event = ProgressEvent> = AsyncGenerator<ProgressEvent | Event, Result, void>;

/** A loop over the schedule, and what it is called. */
type SchedulePhase = Exclude<LoopPhase, "tune" | "atlas">;
const NAMES: Readonly<Record<SchedulePhase, string>> = {
  invert: "the inversion",
  nullText: "the null-text inversion",
  reconstruct: "the reconstruction",
  edit: "the edit",
};

/** A loop over the schedule, as it is after one of its steps. */
export interface LoopState {
  /** Steps that are done. */
  readonly step: number;
  /** [F, C, h, w] */
  readonly latents: FloatTensor;
}

/** Does one piece of work as a phase of a single step, and tells how long it took. */
export async function* asPhase<Result>(phase: Phase, work: () => Promise<Result>): Following<Result> {
  yield { type: "phase", phase, steps: 1 };
  const began = performance.now();
  const result = await work();
  const seconds = (performance.now() - began) / 1000;
  yield { type: "step", phase, step: 1, steps: 1, timestep: null, seconds };
  return result;
}

/**
 * Runs a loop over the schedule's `steps` of which `done` are done already: every state is checked and handed to `onState`,
 * whose answer is what would be kept of it.
 *
 * @throws FateZeroError `not-finite`, naming the step
 */
export async function* follow<State extends LoopState>(
  phase: SchedulePhase,
  { steps, done, keeper }: FollowedLoop,
  loop: AsyncIterable<State>,
  onState: (state: State) => () => JobState,
): Following<void> {
  yield { type: "phase", phase, steps: steps.length - done };
  let began = performance.now();
  for await (const state of loop) {
    const { timestep } = steps[state.step - 1]!;
    checkFinite(state.latents, NAMES[phase], state.step, timestep);
    yield* keeper.step(onState(state));
    const seconds = (performance.now() - began) / 1000;
    yield { type: "step", phase, step: state.step, steps: steps.length, timestep, seconds };
    began = performance.now();
  }
}

export interface FollowedLoop {
  /** All steps of the schedule, in the order of the loop. */
  readonly steps: readonly { readonly timestep: number }[];
  readonly done: number;
  readonly keeper: Keeper;
}

export interface Resumable {
  readonly store: StateStore | undefined;
  /** Stands for all that the numbers depend on; asked for only where there is a store. */
  readonly key: () => Promise<string>;
  readonly fits: (state: JobState) => boolean;
  /** Work that may be lost at most, in milliseconds. @default the keeper's own */
  readonly mostLostMs?: number;
}

/**
 * Does work that goes on where an earlier run of it stopped. When it fails, its state is kept, and how far it is is told.
 * The keeper that comes with the result still holds the last state.
 */
export async function* resumable<Result, Event = ProgressEvent>(
  phase: LoopPhase,
  { store, key, fits, mostLostMs }: Resumable,
  work: (state: JobState | null, keeper: Keeper) => Following<Result, Event>,
): Following<{ readonly result: Result; readonly keeper: Keeper }, Event> {
  const keeper = createKeeper(store, store ? yield* asPhase("resume", key) : "", mostLostMs);
  const state = yield* keeper.load(fits);
  if (state) yield { type: "resumed", phase, step: state.step, steps: state.steps };
  try {
    return { result: yield* work(state, keeper), keeper };
  } catch (error) {
    const code = error instanceof FateZeroError ? error.code : null;
    // The same numbers would come again from any state of it.
    if (code === "not-finite") throw error;
    // Of a training that went wrong only what was saved before is good.
    const kept = code === "tune-diverged" ? keeper.saved() : yield* keeper.flush();
    if (kept) yield { type: "saved", phase, step: kept.step, steps: kept.steps };
    throw error;
  }
}
