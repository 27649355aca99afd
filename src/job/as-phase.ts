import type { Activity, Report } from "./events.ts";

/** Reports a piece of work of the command's own as a phase of one step, on `subject` where that is one thing. */
export async function asPhase<T>(
  report: Report,
  phase: Exclude<Activity, "invert" | "edit">,
  work: () => Promise<T>,
  subject?: string,
): Promise<T> {
  const began = performance.now();
  report({ type: "phase", phase, steps: 1, ...(subject === undefined ? {} : { subject }) });
  const result = await work();
  const seconds = (performance.now() - began) / 1000;
  report({ type: "step", phase, step: 1, steps: 1, timestep: null, seconds });
  return result;
}
