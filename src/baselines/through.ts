import type { Job } from "../pipeline/index.ts";

/** Passes the events of a part of the work on, and gives its result. */
export async function* through<Event, Result>(job: Job<Event, Result>): AsyncGenerator<Event, Result, void> {
  yield* job;
  return await job;
}
