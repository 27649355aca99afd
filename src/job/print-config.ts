import { basename } from "node:path";
import { configText, type RunConfig } from "../config/index.ts";
import type { EditJobOptions } from "../edit/index.ts";
import {
  ALL_FIELDS,
  askedFields,
  CLIP,
  commandLineOf,
  type EditRequest,
  type FieldKey,
  flagOf,
  HAND_MASK,
  KNOBS,
  METHOD,
  MOUNTED,
  pickFields,
} from "../request/index.ts";
import { leaveOut, say, set, the } from "../say.ts";
import { asksForCrop } from "./auto-crop.ts";
import { baselineOf, checkMethod } from "./baseline/effects.ts";
import { placedEdits } from "./edits/places.ts";
import { planEdits } from "./edits/plan.ts";
import { checkFullSize, mountingOf } from "./full-size.ts";
import { readHandMasks } from "./hand-masks.ts";
import { partsIn } from "./open-model.ts";
import { prepare } from "./prepare.ts";
import type { Prepared } from "./prepared.ts";
import { quoteArgument } from "./quote.ts";
import type { Session } from "./session.ts";
import { usageError } from "./usage.ts";
import { editOptions, usedEdit, usedEdits } from "./used.ts";

/** Frames a second of pictures, which have no rate of their own, for `edit`; `run` plays them as the authors do. */
const STILL_FPS = 8;

function clipOf({ input, terms }: Prepared, used: EditRequest): RunConfig["clip"] {
  const { path } = input;
  const { prompt } = terms;
  if (input.kind === "inversion") return { path, prompt, start: 0, stride: 1 };
  const { crop, start = 0, stride = 1, fps, ...clip } = pickFields(CLIP, used);
  const rate = fps ?? (input.info.kind === "video" ? undefined : STILL_FPS);
  return {
    ...{ path, prompt, start, stride, ...clip },
    ...(crop === undefined || crop === "none" ? {} : { crop }),
    ...(rate === undefined ? {} : { fps: rate }),
  };
}

/** Fields that were given and that a config has no key for, each with its reason: they do not change the frames. */
function leftOut(request: EditRequest): string[] {
  return askedFields(request).flatMap((key) => {
    const { yaml } = ALL_FIELDS[key];
    const isLeftOut = typeof yaml === "object" && "none" in yaml;
    return isLeftOut ? [`${flagOf(key, "edit")} is left out: ${yaml.none}.`] : [];
  });
}

/** Whether a config has one value of a knob for all of its prompts. */
function isShared(key: FieldKey): boolean {
  const { yaml } = ALL_FIELDS[key];
  return typeof yaml === "string" && !yaml.includes("*");
}

/**
 * What a config says of several edits. It has one preset for all: where theirs differ each has its values alone. Throws a usage
 * error where anything else that it says once differs.
 */
function sharedKnobs(all: readonly EditJobOptions[]): readonly EditJobOptions[] {
  const differs = (key: FieldKey): boolean => {
    const texts = all.map((knobs) => JSON.stringify((knobs as Partial<Record<FieldKey, unknown>>)[key]));
    return texts.some((text) => text !== texts[0]);
  };
  const keys = (Object.keys(KNOBS) as FieldKey[]).filter((key) => isShared(key) && differs(key));
  const other = keys.find((key) => key !== "preset");
  if (other !== undefined)
    throw usageError(
      say`These ${all.length} edits have no config: it has one ${the(other)} for all of its prompts, and theirs differ.`,
      say`Print a config of each, or ${set(other)} by hand.`,
    );
  if (keys.length === 0) return all;
  return all.map(({ preset: _, ...knobs }) => knobs);
}

/**
 * Edits as a config of the authors' shape, with one `fatezero:` mapping for what their keys cannot say, every value as it
 * would be used, so that presets and defaults of a later version do not matter. A run of it makes the same frames. Refuses
 * what the edit would refuse before its work.
 */
export async function printConfig(request: EditRequest, session: Session): Promise<string> {
  const placed = placedEdits(request);
  const first = placed.edits[0]!.request;
  const { method } = request;
  if (baselineOf(request) !== null)
    throw usageError(
      say`${the("method", method)} has no config: one is for the paper's own method.`,
      say`${leaveOut("method")}, or keep the command line.`,
    );
  checkMethod(first);
  checkFullSize(request);
  if (asksForCrop(request))
    throw usageError(
      say`${the("crop", request.crop)} is found by a look at the clip, and a config has the pixels.`,
      "Make the edit: it tells them.",
    );
  const prepared = await prepare("edit", request, session);
  const { model, terms } = prepared;
  const masks = await readHandMasks(request, prepared, first, session);
  const checked = await planEdits(placed, prepared, masks);
  const silent: Session = { ...session, report: () => {} };
  for (const [index, edit] of placed.edits.entries())
    await mountingOf(prepared, edit.request, checked[index]!, silent);
  const all = placed.edits.map((edit, index) => usedEdit(edit.request, prepared, checked[index]!));
  const used = all[0]!;
  const { attend, compat } = terms.settings;
  const parts = partsIn(used);
  const config: RunConfig = {
    model: model.name,
    ...(Object.keys(parts).length > 0 ? { parts } : {}),
    ...(used.lowMemory ? { lowMemory: true } : {}),
    clip: clipOf(prepared, used),
    method: {
      steps: terms.steps,
      compat,
      attend: attend.frames,
      leastChannels: attend.leastChannels ?? 0,
      ...pickFields({ scenes: METHOD.scenes, window: METHOD.window }, used),
    },
    edits: sharedKnobs(all.map(editOptions)).map((knobs) => ({ knobs, warnings: [] })),
    masks: pickFields(HAND_MASK, used),
    mounted: pickFields(MOUNTED, used),
    ...(placed.sheet === null ? { output: basename(request.out) } : {}),
    audio: request.audio !== false,
  };
  const asked = placed.sheet === null ? used : usedEdits(request, prepared);
  const line = ["fatezero", ...commandLineOf("edit", asked)].map(quoteArgument).join(" ");
  const about = ["The settings of this command line, for fatezero run:", line.replaceAll("\n", " ")];
  return configText(config, [...about, ...leftOut(request)].join("\n")).trimEnd();
}
