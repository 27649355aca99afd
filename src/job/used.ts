import { defined } from "../defined.ts";
import type { EditJobOptions } from "../edit/index.ts";
import { type Model, runsInWindows } from "../pipeline/index.ts";
import {
  CLIP,
  type EditRequest,
  HAND_MASK,
  type InvertRequest,
  KNOBS,
  type KnobOptions,
  type MapsRequest,
  type MethodOptions,
  type ModelOptions,
  pickFields,
  type WindowOptions,
} from "../request/index.ts";
import type { OneEdit } from "./edits/variants.ts";
import { fusesSelf, hasMaskSource, isMaskReplaced } from "./effects.ts";
import { chosenGuidance } from "./null-text.ts";
import type { CheckedEdit, InputRequest, InversionTerms, Prepared } from "./prepared.ts";

/** Requests with every choice spelled out, so that other defaults and presets of a later version do not matter. */

/** The options of the library that a request comes to. */
export function editOptions({ target, ...request }: OneEdit): EditJobOptions {
  return { ...defined({ prompt: target }), ...pickFields(KNOBS, request) };
}

/** How a clip is inverted. */
export function usedMethod({ steps, settings }: InversionTerms): MethodOptions & WindowOptions {
  const { attend, compat, window } = settings;
  return { steps, attend: attend.frames, ...(compat ? { compat } : {}), ...defined({ window }) };
}

/** The same, with windows that a person turned off where there would be some. */
export function usedWay(
  { model, terms }: Pick<Prepared, "model" | "terms">,
  { window }: WindowOptions,
): MethodOptions & WindowOptions {
  const isOff = window === "off" && runsInWindows(model, terms.settings);
  return { ...usedMethod(terms), ...(isOff ? { window } : {}) };
}

/** The frames of a clip, and how it is inverted. */
function usedClip(prepared: Prepared, request: InputRequest) {
  return { ...usedInput(prepared, request), ...usedWay(prepared, request), scenes: prepared.scenes };
}

function usedModel({ name, checkpoint, engine }: Model, { lowMemory }: ModelOptions): ModelOptions {
  const { precision } = engine.lowering;
  const half = precision === "fp16" ? { precision } : {};
  return { model: name, ...checkpoint.parts, ...(lowMemory ? { lowMemory } : {}), ...half };
}

/** The frames as they were asked for; the size also where the model chose it. It is rounded anew by what reads it. */
function usedInput({ model, terms }: Prepared, request: InputRequest) {
  const { input } = request;
  const { prompt: source } = terms;
  return { input, source, ...pickFields(CLIP, request), size: request.size ?? model.size };
}

/** The mask's fields as far as they have an effect: others would be refused. */
function usedMask(edit: CheckedEdit): KnobOptions {
  const { settings, plan, options } = edit;
  const isUsed = settings.latentBlend || plan.steps.some(({ self }) => self);
  if (isMaskReplaced(edit))
    return fusesSelf(edit) ? { maskThreshold: Math.min(1, settings.maskThreshold) } : {};
  const none: KnobOptions = options.maskWords === "none" ? { maskWords: "none" } : {};
  if (!hasMaskSource(edit) || !isUsed) return none;
  const { maskThreshold, maskFrom } = settings;
  if (maskThreshold >= 1) return { ...none, maskThreshold: 1 };
  const words: KnobOptions = typeof options.maskWords === "object" ? { maskWords: options.maskWords } : none;
  return { ...words, maskFrom, maskThreshold };
}

/** What an edit does to the picture, value by value. */
export function usedKnobs(edit: CheckedEdit, { compat }: MethodOptions): KnobOptions {
  const { options, preset, settings } = edit;
  // Every region has the values of its own kind: one for all would be another edit.
  if (edit.regions) return pickFields(KNOBS, options as KnobOptions);
  const { selfSteps, latentBlend, guidance } = settings;
  const { crossSteps, ...given } = pickFields(KNOBS, options as KnobOptions);
  const { strength: _, preset: __, maskWords: ___, ...asGiven } = given;
  return {
    ...asGiven,
    ...(compat ? {} : { preset }),
    selfSteps,
    // The released code opens the words without a `default_` throughout; ours gives them the preset's share.
    crossSteps: (compat ? crossSteps : undefined) ?? settings.crossSteps,
    ...usedMask(edit),
    latentBlend,
    guidance,
  };
}

/** What edits of one inversion have in common. */
function usedByAll(request: EditRequest, prepared: Prepared): Omit<EditRequest, "target" | "sweep"> {
  const { out, input, audio, sound, fullSize, keepRest } = request;
  const isClip = prepared.input.kind === "clip";
  return {
    ...(isClip ? usedClip(prepared, request) : { input }),
    out,
    ...defined({ audio, sound, fullSize, keepRest }),
    ...pickFields(HAND_MASK, request),
    ...usedModel(prepared.model, request),
  };
}

/** The edit that gives this result again. Paths stand as they were given; what is only shown beside it is left out. */
export function usedEdit(request: OneEdit, prepared: Prepared, edit: CheckedEdit): OneEdit {
  const { target } = request;
  return {
    ...usedByAll(request, prepared),
    ...defined({ target }),
    ...usedKnobs(edit, usedMethod(prepared.terms)),
  };
}

/** Several edits of one inversion: what each does follows from its target, as it was asked for. */
export function usedEdits(request: EditRequest, prepared: Prepared): EditRequest {
  const { target, sweep } = request;
  return {
    ...usedByAll(request, prepared),
    ...defined({ target, sweep }),
    ...pickFields(KNOBS, request),
  };
}

/** The edit by a method of comparison that gives this result again; `own` are the options of that method. */
export function usedBaseline(
  request: OneEdit,
  prepared: Prepared,
  { settings: { guidance } }: CheckedEdit,
  own: Partial<EditRequest>,
): EditRequest {
  const { target, out, audio, method } = request;
  const { steps } = prepared.terms;
  return {
    ...usedInput(prepared, request),
    ...{ steps, out, guidance },
    ...defined({ target, audio, method, ...own }),
    ...usedModel(prepared.model, request),
  };
}

/** The maps that give these pictures again, of every so many steps. */
export function usedMaps(request: MapsRequest, prepared: Prepared, mapsEvery: number): MapsRequest {
  const { input, out } = request;
  const own = prepared.input.kind === "clip";
  return {
    ...(own ? usedClip(prepared, request) : { input }),
    ...{ out, mapsEvery },
    ...usedModel(prepared.model, request),
  };
}

/** The inversion that gives this file again. */
export function usedInversion(request: InvertRequest, prepared: Prepared): InvertRequest {
  const { nullText, nullTextPerFrame } = request;
  return {
    ...usedClip(prepared, request),
    out: request.out,
    ...usedModel(prepared.model, request),
    ...(nullText === undefined
      ? {}
      : {
          nullText,
          nullTextGuidance: chosenGuidance(prepared.model, request),
          ...(nullTextPerFrame ? { nullTextPerFrame } : {}),
        }),
  };
}
