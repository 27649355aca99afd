import { basename } from "node:path";
import { configText, type RunConfig } from "../config/index.ts";
import {
  ALL_FIELDS,
  askedFields,
  CLIP,
  commandLineOf,
  type EditRequest,
  flagOf,
  HAND_MASK,
  METHOD,
  pickFields,
} from "../request/index.ts";
import { leaveOut, say, the } from "../say.ts";
import { asksForCrop } from "./auto-crop.ts";
import { baselineOf, checkMethod } from "./baseline/effects.ts";
import { readHandMasks } from "./hand-masks.ts";
import { partsIn } from "./open-model.ts";
import { checkEdit } from "./plan.ts";
import { prepare } from "./prepare.ts";
import type { Prepared } from "./prepared.ts";
import { quoteArgument } from "./quote.ts";
import type { Session } from "./session.ts";
import { usageError } from "./usage.ts";
import { editOptions, usedEdit } from "./used.ts";

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

/**
 * An edit as a config of the authors' shape, with one `fatezero:` mapping for what their keys cannot say, every value as it
 * would be used, so that presets and defaults of a later version do not matter. A run of it makes the same frames. Refuses
 * what the edit would refuse before its work.
 */
export async function printConfig(request: EditRequest, session: Session): Promise<string> {
  const { method } = request;
  if (baselineOf(request) !== null)
    throw usageError(
      say`${the("method", method)} has no config: one is for the paper's own method.`,
      say`${leaveOut("method")}, or keep the command line.`,
    );
  checkMethod(request);
  if (asksForCrop(request))
    throw usageError(
      say`${the("crop", request.crop)} is found by a look at the clip, and a config has the pixels.`,
      "Make the edit: it tells them.",
    );
  const prepared = await prepare("edit", request, session);
  const { model, terms, size } = prepared;
  const masks = await readHandMasks(request, prepared, request, session);
  const checked = await checkEdit(model, terms, size, { ...editOptions(request), ...masks });
  const used = usedEdit(request, prepared, checked);
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
      ...pickFields({ scenes: METHOD.scenes }, used),
    },
    edits: [{ knobs: editOptions(used), warnings: [] }],
    masks: pickFields(HAND_MASK, used),
    output: basename(request.out),
    audio: request.audio !== false,
  };
  const line = ["fatezero", ...commandLineOf("edit", used)].map(quoteArgument).join(" ");
  const about = ["The settings of this command line, for fatezero run:", line.replaceAll("\n", " ")];
  return configText(config, [...about, ...leftOut(request)].join("\n")).trimEnd();
}
