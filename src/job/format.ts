import type { FrameList } from "../attention/index.ts";
import type { CrossSteps, FusionWindow } from "../prompt/index.ts";

/** Values as the command line writes them. */

/** A window as `--self-steps` takes it. */
export function formatWindow(window: FusionWindow): string {
  return typeof window === "number" ? String(window) : window.join("-");
}

/** Windows as `--cross-steps` takes them. */
export function formatCrossSteps(steps: CrossSteps): string {
  if (typeof steps === "number" || isPair(steps)) return formatWindow(steps);
  const entries = Array.isArray(steps)
    ? (steps as (readonly [string, FusionWindow])[])
    : Object.entries(steps);
  return entries
    .map(([word, window]) => `${word === "default_" ? "default" : word}=${formatWindow(window)}`)
    .join(",");
}

function isPair(steps: CrossSteps): steps is readonly [number, number] {
  return Array.isArray(steps) && steps.every((item) => typeof item === "number");
}

/** A frame list as `--attend` takes it. */
export function formatFrameList(frames: FrameList): string {
  return frames.length === 0 ? "none" : frames.join(",");
}
