import { FateZeroError } from "../errors.ts";
import { type FrameWindow, isFrameWindow, overlapOf, type Windowing, windowText } from "../frame-window.ts";
import { shownJson } from "../json.ts";
import { MAX_WINDOW } from "../limits.ts";
import type { GroupNormScope } from "../model/index.ts";
import { leaveOut, lower, say, the } from "../say.ts";
import type { Model } from "./model.ts";

/**
 * Frames of a window at least, where nothing is asked for (`npm run bench:windows`, docs/long-clips.md): a model that was tuned on more
 * takes as many.
 */
const AUTO_FRAMES = 16;

interface Computed {
  readonly groupNorm: GroupNormScope;
}

/** Whether frames can be computed in windows: layers over time see what is computed together, statistics over the clip need all of it. */
export function runsInWindows({ tuned }: Pick<Model, "tuned">, { groupNorm }: Computed): boolean {
  return tuned && groupNorm === "frame";
}

/**
 * The windows in which a model computes a clip of so many frames; undefined where it takes the clip in another way.
 *
 * @throws FateZeroError `bad-option` on windows that cannot be, or would have no effect
 */
export function windowFor(
  model: Pick<Model, "name" | "tuned" | "tunedFrames">,
  settings: Computed,
  asked: Windowing = "auto",
  frames: number,
): FrameWindow | undefined {
  if (asked === "off") return undefined;
  if (asked === "auto") {
    const most = Math.max(AUTO_FRAMES, model.tunedFrames);
    const isLong = runsInWindows(model, settings) && frames > most;
    return isLong ? { frames: most, overlap: overlapOf(most) } : undefined;
  }
  if (!isFrameWindow(asked))
    throw new FateZeroError(
      "bad-option",
      say`${the("window")} is ${shownJson(asked)}.`,
      `It should be "auto", "off", or 1 to ${MAX_WINDOW} frames and an overlap of fewer.`,
    );
  if (runsInWindows(model, settings)) return { frames: asked.frames, overlap: asked.overlap };
  const field = the("window", windowText(asked));
  if (model.tuned)
    throw new FateZeroError(
      "bad-option",
      say`${field} would have no effect: statistics are over the clip, as in the released code.`,
      say`${leaveOut("window")}.`,
    );
  throw new FateZeroError(
    "bad-option",
    say`${field} would have no effect: ${model.name} has no layers over time, and computes a few frames at a time to the same result.`,
    say`${leaveOut("window")}; ${lower("chunk")} for less memory.`,
  );
}
