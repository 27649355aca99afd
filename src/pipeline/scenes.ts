import { FateZeroError } from "../errors.ts";
import { shownJson } from "../json.ts";
import { leaveOut, say, set, the } from "../say.ts";
import { type Frame, findCuts } from "../video/index.ts";
import { runsInChunks } from "./chunks.ts";
import type { MethodSettings } from "./method.ts";
import type { Model } from "./model.ts";
import { runsInWindows } from "./windows.ts";

/**
 * Where the scenes of a clip begin: found by what changes from frame to frame, nowhere but at its first frame, or at these
 * frames (and the first), counted from 0.
 */
export type Scenes = "auto" | "off" | readonly number[];

/** Why something cannot be the first frames of scenes, after "it"; null where it can. */
export function cutsFault(cuts: unknown, frames: number): string | null {
  if (!Array.isArray(cuts)) return `is ${shownJson(cuts)}, no list of frames`;
  for (const [i, cut] of cuts.entries()) {
    if (!Number.isInteger(cut) || cut < 1) return `holds ${shownJson(cut)}, before which there can be no cut`;
    if (cut >= frames) return `holds ${cut}, and the last frame is ${frames - 1}`;
    if (i > 0 && cut <= cuts[i - 1]) return `holds ${cut} behind ${cuts[i - 1]}`;
  }
  return null;
}

/** Throws FateZeroError `bad-option` on what cannot be the first frames of scenes in a clip of so many frames. */
export function checkCuts(cuts: unknown, frames: number): void {
  const wrong = cutsFault(cuts, frames);
  if (wrong === null) return;
  throw new FateZeroError(
    "bad-option",
    say`${the("scenes")} ${wrong}.`,
    'It should be "auto", "off", or the first frames of the scenes after the first one, rising and counted from 0.',
  );
}

/**
 * What scenes come to with a model: where all frames are computed together, because of layers over time or of statistics over the
 * clip, it is one scene; where they are in windows, none of these reaches across a cut.
 *
 * @throws FateZeroError `bad-option` where a person's own would have no effect
 */
export function scenesFor(
  model: Pick<Model, "name" | "tuned">,
  settings: MethodSettings,
  asked: Scenes = "auto",
): Scenes {
  if (runsInChunks(model, settings) || settings.window) return asked;
  if (typeof asked === "string") return "off";
  const within = runsInWindows(model, settings)
    ? say`, ${set("window", 16)} or another number of frames,`
    : ",";
  const why = model.tuned
    ? `the layers over time of ${model.name} look across cuts`
    : "the released code knows no cuts, its statistics are over the clip";
  throw new FateZeroError(
    "bad-option",
    say`${the("scenes")} would have no effect: ${why}.`,
    say`${leaveOut("scenes")}${within} or edit each scene by itself.`,
  );
}

/**
 * The settings of a clip with its scenes.
 *
 * @throws FateZeroError `bad-option` on frames at which no scene can begin, and where they would have no effect
 */
export function withScenes(
  model: Pick<Model, "name" | "tuned">,
  { cuts: _, ...settings }: MethodSettings,
  asked: Scenes | undefined,
  frames: readonly Frame[],
): MethodSettings {
  const scenes = scenesFor(model, settings, asked);
  if (scenes === "off") return settings;
  const cuts = scenes === "auto" ? findCuts(frames) : scenes;
  checkCuts(cuts, frames.length);
  return cuts.length === 0 ? settings : { ...settings, cuts };
}
