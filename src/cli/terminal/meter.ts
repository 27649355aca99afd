import type { Activity } from "../../job/events.ts";

/** How far a phase is. */
export interface Meter {
  readonly phase: Activity;
  readonly subject?: string | undefined;
  readonly steps: number;
  /** Seconds that each finished step took. */
  readonly done: readonly number[];
  /** When the phase began and when its last step ended, in milliseconds. */
  readonly began: number;
  readonly last: number;
}

const LOOPS: readonly Activity[] = ["invert", "nullText", "reconstruct", "edit", "tune", "atlas"];

/** Whether a phase goes through the steps of the schedule, or of a training. */
export const isLoop = ({ phase }: Pick<Meter, "phase">): boolean => LOOPS.includes(phase);

/** Steps that the speed is judged by: the first ones load graphs, and later ones may cost less. */
const RECENT = 8;

export function startMeter(
  { phase, steps, subject }: { readonly phase: Activity; readonly steps: number; readonly subject?: string },
  now: number,
): Meter {
  return { phase, steps, subject, done: [], began: now, last: now };
}

export function stepMeter(meter: Meter, seconds: number, now: number): Meter {
  return { ...meter, done: [...meter.done, seconds], last: now };
}

/** Seconds a step takes by the latest ones; null before the second. The first one opens graphs and says nothing of the others. */
export function secondsPerStep({ done }: Meter): number | null {
  const recent = done.slice(1).slice(-RECENT);
  return recent.length === 0 ? null : recent.reduce((sum, s) => sum + s, 0) / recent.length;
}

/** Seconds that the rest of the phase will take; null before the second step. */
export function secondsLeft(meter: Meter, now: number): number | null {
  const pace = secondsPerStep(meter);
  if (pace === null) return null;
  const underway = Math.min((now - meter.last) / 1000, pace);
  return Math.max(0, (meter.steps - meter.done.length) * pace - underway);
}

/** Seconds since the phase began. */
export function elapsed(meter: Meter, now: number): number {
  return (now - meter.began) / 1000;
}
