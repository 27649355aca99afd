import { FateZeroError } from "../errors.ts";
import { type FusionWindow, nearestStep, stepRange } from "../prompt/index.ts";
import { leaveOut, raise, type Said, say, set, the } from "../say.ts";
import type { EditSettings } from "./knobs.ts";

type Guidance = Pick<EditSettings, "guidance" | "guidanceSteps">;

const rangeOf = (window: FusionWindow, steps: number): [from: number, to: number] =>
  stepRange(window, nearestStep(steps), "guidanceSteps");

const noEffect = (because: string, remedy: Said): FateZeroError =>
  new FateZeroError("bad-option", say`${the("guidanceSteps")} would have no effect: ${because}.`, remedy);

/**
 * The window of the steps that are guided, as it stands in an edit's settings: absent where that is all of them. Throws
 * FateZeroError `bad-window`, and `bad-option` where there is no guidance, or would be none.
 */
export function chooseGuided(
  window: FusionWindow | undefined,
  { guidance, steps, compat }: { guidance: number; steps: number; compat: boolean },
): Pick<EditSettings, "guidanceSteps"> {
  if (window === undefined) return {};
  if (compat)
    throw noEffect(
      "the released code guides every step",
      say`${leaveOut("guidanceSteps")}, or ${leaveOut("compat")}.`,
    );
  if (guidance <= 1)
    throw noEffect(
      `there is no guidance at ${guidance}`,
      say`${raise("guidance")} above 1, to such as 7.5, or ${leaveOut("guidanceSteps")}.`,
    );
  const [from, to] = rangeOf(window, steps);
  if (from === to)
    throw new FateZeroError(
      "bad-option",
      say`${the("guidanceSteps", [window].flat().join("-"))} is no step of ${steps}: none would be guided.`,
      say`${raise("guidanceSteps")}, or ${set("guidance", 1)} to have no guidance.`,
    );
  return from === 0 && to === steps ? {} : { guidanceSteps: window };
}

/**
 * Which steps of an edit are guided, noisiest first: in the others there is no unconditional branch, and the prediction
 * under the target prompt is taken as it is (Kynkäänniemi et al. 2024, arXiv 2404.07724).
 */
export function guidedSteps({ guidance, guidanceSteps = 1 }: Guidance, steps: number): readonly boolean[] {
  const [from, to] = rangeOf(guidanceSteps, steps);
  return Array.from({ length: steps }, (_, i) => guidance > 1 && i >= from && i < to);
}

/** A line on it, where not all steps are guided; else nothing. */
export function noteGuided({ guidanceSteps }: Guidance, steps: number): string {
  if (guidanceSteps === undefined) return "";
  const [from, to] = rangeOf(guidanceSteps, steps);
  const which = to - from === 1 ? `step ${to}` : `steps ${from + 1} to ${to}`;
  return `\nGuidance in ${which} of ${steps}; the others follow the target prompt's prediction alone.`;
}
