import { totalmem } from "node:os";
import { guidedSteps, type PlannedEdit, SHALLOW_WORK, wholeSteps } from "../edit/index.ts";
import {
  framesAtOnce,
  type MethodSettings,
  type Model,
  openBytes,
  planSites,
  runsInChunks,
} from "../pipeline/index.ts";
import { formatBytes } from "../quantity.ts";
import { add, lower, say, type Text, the } from "../say.ts";
import type { JobEvent, Report } from "./events.ts";

/** Frames above which a clip is said to be long. */
export const MANY_FRAMES = 64;

/** Below this an estimate of the whole is no news: the line of each phase tells its own. */
const LONG_SECONDS = 120;

/** Bytes that an inversion of a clip keeps: T+1 latents and the word maps, as in `stateBytes`. */
export function expectedState(
  model: Model,
  clip: { readonly frames: number; readonly width: number; readonly height: number },
  terms: { readonly steps: number; readonly compat: MethodSettings["compat"]; readonly tokens: number },
): number {
  const height = clip.height / model.vae.downscale;
  const width = clip.width / model.vae.downscale;
  const latents = (terms.steps + 1) * clip.frames * model.vae.latentChannels * height * width * 4;
  const sites = planSites(model, terms.compat, height, width);
  const maps = sites.maps.length === 0 ? 0 : sites.mapHeight * sites.mapWidth * terms.tokens * 2;
  return latents + terms.steps * clip.frames * maps;
}

/** What the UNet takes together in a model with layers over time. */
export const overTime = (name: string, which: string): string =>
  `the layers over time of ${name} take ${which}`;

/** Why the UNet computes all frames of a clip at once; null where it takes a few at a time. */
export function wholeBecause(
  model: Pick<Model, "name" | "tuned" | "unet" | "chunk">,
  settings: MethodSettings,
  frames: number,
): Text | null {
  if (settings.window) return null;
  if (model.tuned) return overTime(model.name, "all of them");
  if (!runsInChunks(model, settings)) return "statistics are over the clip, as in the released code";
  const isCut = model.chunk === "auto" || model.chunk < frames;
  if (isCut && framesAtOnce(model, settings, frames) >= frames)
    return say`${the("attend")} makes a chain of them`;
  return null;
}

/** What to say before the work of a long clip whose frames are computed at once. */
export function longClipWarning(
  { frames, exact, state }: { readonly frames: number; readonly exact: boolean; readonly state: number },
  because: Text,
): JobEvent {
  return {
    type: "warning",
    code: "many-frames",
    message: say`${exact ? "" : "About "}${frames} frames are computed at once, as ${[because].flat()}: time and memory grow with their number, the inversion alone keeps ${formatBytes(state)}. An estimate follows the first steps; ${the("frames")} and ${the("stride")} take fewer.`,
  };
}

/** Branches of the UNet that a job runs, over all its steps. */
export interface Work {
  readonly invert: number;
  /** At most, where null-text inversion is made; @default 0 */
  readonly nullText?: number;
  /** Of the source's reconstruction; @default 0 */
  readonly reconstruct?: number;
  /** Per step of the edit. */
  readonly edit: readonly number[];
}

/** The work of an inversion (if any) and an edit (if any): one branch a step, and the edit's with and without fusion. */
export function workOf(
  inversionSteps: number,
  edit:
    | (Pick<PlannedEdit, "plan"> & {
        readonly regions?: PlannedEdit["regions"];
        readonly settings: Pick<
          PlannedEdit["settings"],
          "guidance" | "guidanceSteps" | "reuseDeep" | "fuseFrom"
        >;
      })
    | null,
): Work {
  if (edit === null) return { invert: inversionSteps, edit: [] };
  const { plan, settings } = edit;
  const own = guidedSteps(settings, plan.steps.length).map((guided) => (guided ? 2 : 1));
  const whole = wholeSteps(edit);
  const all = own.reduce<number>((sum, branches) => sum + branches, 0);
  return {
    invert: inversionSteps,
    ...(settings.fuseFrom === "reconstruction" ? { reconstruct: all } : {}),
    edit: plan.steps.map(
      ({ cross, self }, i) => (own[i]! + (cross || self ? 1 : 0)) * (whole[i] ? 1 : SHALLOW_WORK),
    ),
  };
}

/** The work of an inversion (if any) and several edits of it. */
export function worksOf(inversionSteps: number, edits: readonly Parameters<typeof workOf>[1][]): Work {
  const works = edits.map((edit) => workOf(0, edit));
  return {
    invert: inversionSteps,
    reconstruct: works.reduce((sum, { reconstruct = 0 }) => sum + reconstruct, 0),
    edit: works.flatMap((part) => part.edit),
  };
}

/** Seconds that the whole work takes if one branch took `perBranch`. */
export function secondsOf(work: Work, perBranch: number): number {
  const { invert, nullText = 0, reconstruct = 0, edit } = work;
  return perBranch * (invert + nullText + reconstruct + edit.reduce((sum, branches) => sum + branches, 0));
}

/** Takes the events of a job on a clip of so many frames. */
export type OnJobEvent = (event: JobEvent, frames: number) => Promise<void>;

/**
 * Passes events on and, after the second step that a run takes (the first one opens graphs), adds an estimate of the whole where the
 * clip is long or the work is.
 */
export function withEstimate(report: Report, model: Model, work: Work): OnJobEvent {
  let told = false;
  let seen = 0;
  return async (event, frames) => {
    report(event);
    if (event.type === "phase") seen = 0;
    if (told || event.type !== "step" || (event.phase !== "invert" && event.phase !== "edit")) return;
    if (++seen < 2) return;
    told = true;
    const branches = event.phase === "invert" ? 1 : (work.edit[event.step - 1] ?? 1);
    const seconds = secondsOf(work, event.seconds / branches);
    if (frames <= MANY_FRAMES && seconds < LONG_SECONDS) return;
    const peak = await model.engine.peakMemory().catch(() => 0);
    // Weights stay, activations grow with the branches of a step.
    const most = Math.max(1, ...work.edit) / branches;
    const weights = peak === 0 ? 0 : openBytes(model.checkpoint.unet, model.engine.memory, model.engine).open;
    const bytes = peak === 0 ? null : weights + Math.max(0, peak - weights) * most;
    report({ type: "estimate", seconds, bytes });
    if (bytes !== null && bytes > totalmem()) {
      report({
        type: "warning",
        code: "memory",
        message: say`This machine has ${formatBytes(totalmem())} of memory: ${lower("frames")} or ${lower("size")}, or ${add("lowMemory")}.`,
      });
    }
  };
}
