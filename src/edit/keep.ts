import { FateZeroError } from "../errors.ts";
import type { ProgressEvent } from "../pipeline/index.ts";
import type { Keeper } from "../resume/index.ts";

/** Passes the events of some work on. When it is stopped or fails, keeps its state and tells how far it is. */
export async function* keepOnFailure<Result>(
  phase: "invert" | "edit",
  keeper: Keeper,
  work: AsyncGenerator<ProgressEvent, Result, void>,
): AsyncGenerator<ProgressEvent, Result, void> {
  try {
    return yield* work;
  } catch (error) {
    // The same numbers would come again from any state of it.
    if (error instanceof FateZeroError && error.code === "not-finite") throw error;
    const state = yield* keeper.flush();
    if (state) yield { type: "saved", phase, step: state.step, steps: state.steps };
    throw error;
  }
}
