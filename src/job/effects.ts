import { checkReuse, type EditJobOptions, type PlannedEdit } from "../edit/index.ts";
import { windowText } from "../frame-window.ts";
import { type Model, planSites } from "../pipeline/index.ts";
import type { EditPlan, Tokenizer } from "../prompt/index.ts";
import {
  ALL_FIELDS,
  askedFields,
  codecOf,
  type FieldKey,
  type MethodOptions,
  type Need,
  type NullTextOptions,
  type SceneOptions,
  type WindowOptions,
} from "../request/index.ts";
import { add, type FieldRef, leaveOut, lower, raise, type Said, say, set, type Text, the } from "../say.ts";
import type { Input, Size } from "./input.ts";
import type { CheckedEdit, InputRequest, InversionTerms } from "./prepared.ts";
import { usageError } from "./usage.ts";

/** `a and b and c`. */
function list(keys: readonly FieldKey[]): Said {
  return keys.flatMap((key, i) => (i === 0 ? [the(key)] : [" and ", the(key)]));
}

/** A value as a person would give it. */
function shown(key: FieldKey, value: unknown): string {
  const { type } = ALL_FIELDS[key];
  const text = codecOf(type).write(value).join(" ");
  return type.kind === "text" ? `"${text.trim()}"` : text;
}

/** What a saved inversion was made with, by the fields that say it. */
function madeWith({
  prompt,
  steps,
  settings,
}: InversionTerms): MethodOptions & SceneOptions & WindowOptions & { readonly source: string } {
  const { attend, compat, cuts, window = "off" } = settings;
  const method = {
    attend: attend.frames,
    scenes: cuts ?? "off",
    window,
    compat: compat ?? undefined,
  } as const;
  return { source: prompt, steps, ...method };
}

/** A saved inversion has its frames, prompt and method: a request that says otherwise is refused, never ignored. */
export function checkSavedInversion(
  {
    path,
    inversion,
  }: Pick<Extract<Input, { kind: "inversion" }>, "path"> & {
    readonly inversion: InversionTerms;
  },
  request: Omit<InputRequest, "input">,
): void {
  const useless = askedFields(request, "clip");
  if (useless.length > 0) {
    throw usageError(
      say`${list(useless)} would have no effect: the saved inversion "${path}" has its frames already.`,
      "Leave it out, or give the video as the input.",
    );
  }
  const made: Partial<Record<FieldKey, unknown>> = madeWith(inversion);
  const given: Partial<Record<FieldKey, unknown>> = request;
  for (const key of askedFields(request, "inverting")) {
    const asked = shown(key, given[key]);
    const own = made[key] === undefined ? null : shown(key, made[key]);
    if (asked === own) continue;
    const was =
      own === null
        ? say`no ${the(key)}`
        : say`${ALL_FIELDS[key].type.kind === "text" ? "the prompt " : ""}${own}`;
    throw usageError(
      say`${the(key, asked)} does not fit: the saved inversion "${path}" was made with ${was}.`,
      say`${leaveOut(key)}, or invert the video again.`,
    );
  }
}

type Compat = InversionTerms["settings"]["compat"];

function noEffect(field: FieldRef, because: Text, remedy: Text): Error {
  const why: Said = typeof because === "string" ? [because] : because;
  return usageError(say`${field} would have no effect: ${why}.`, remedy);
}

/** Whether there is anything that a mask can be made of, whatever the threshold: words, or the predictions. */
export function hasMaskSource({ plan, settings }: Pick<PlannedEdit, "plan" | "settings">): boolean {
  return plan.mask.sourceTokens.length > 0 || settings.maskFrom === "difference";
}

/** Whether the threshold lets the mask show: from 1 on the source's self-attention replaces all. */
export function masksAtAll({ settings }: Pick<PlannedEdit, "settings">): boolean {
  return settings.maskThreshold < 1;
}

/** Whether a mask by hand stands in the place of the automatic one. */
export function isMaskReplaced({ hand }: Pick<PlannedEdit, "hand">): boolean {
  return hand !== null && hand.mask !== null && hand.mode === "replace";
}

/** Whether any step keeps the source's self-attention. */
export function fusesSelf({ plan }: Pick<PlannedEdit, "plan">): boolean {
  return plan.steps.some(({ self }) => self);
}

/** Refuses what a planned edit would not use. */
export function checkEffects(
  model: Model,
  { settings: { compat } }: InversionTerms,
  size: Size,
  edit: CheckedEdit,
): void {
  checkKnobEffects(model.tokenizer, compat, edit);
  checkFusion(model, compat, size, edit);
}

/** The same of options alone that a config has once for all of its prompts. */
export function checkOwnEffects(
  model: Model,
  { settings: { compat } }: InversionTerms,
  size: Size,
  edit: CheckedEdit,
): void {
  checkKnobs(compat, edit);
  checkFusion(model, compat, size, edit);
}

function checkFusion(model: Model, compat: Compat, size: Size, edit: CheckedEdit): void {
  checkReuse(model, edit);
  const [fuses] = askedFields(edit.options, "fusion");
  if (fuses !== undefined) checkFuses(fuses, edit);
  const { fuseLayers } = edit.options;
  if (askedFields({ fuseLayers }, "largeLayers").length > 0 && fuseLayers === "all")
    checkLayers(model, compat, size, edit);
}

/** The same as far as the words and the knobs tell. */
export function checkKnobEffects(tokenizer: Tokenizer, compat: Compat, edit: CheckedEdit): void {
  checkKnobs(compat, edit);
  for (const own of [edit.plan, ...(edit.regions?.list ?? []).map((region) => region.plan)])
    checkAmplification(tokenizer, own);
}

function checkKnobs(compat: Compat, edit: CheckedEdit): void {
  const { options } = edit;
  const asked = (need: Need): FieldKey | undefined => askedFields(options, need)[0];
  const { guidance } = edit.settings;
  const negative = asked("guidance");
  if (negative !== undefined && guidance <= 1) {
    const remedy = say`${raise("guidance")} above 1, to such as 7.5.`;
    throw noEffect(the(negative), `there is no guidance at ${guidance}`, remedy);
  }
  const preset = asked("presets");
  if (preset !== undefined && compat) {
    const remedy = say`${leaveOut("compat")}, or set the values by hand.`;
    throw noEffect(the(preset), "the released code knows no presets", remedy);
  }
  if (!edit.regions) checkMaskOptions(edit, options);
}

function checkMaskOptions(planned: PlannedEdit, options: EditJobOptions): void {
  const { settings } = planned;
  const given = askedFields(options, "mask");
  const [first] = given;
  if (first === undefined) return;
  if (isMaskReplaced(planned)) {
    const made = given.find((key) => key === "maskFrom" || key === "maskWords");
    if (made !== undefined) {
      const remedy = say`${leaveOut(made)}, or ${set("maskMode", "add")} or cut.`;
      throw noEffect(the(made), say`${the("mask")} takes the place of the automatic mask`, remedy);
    }
    if (given.includes("maskThreshold") && !fusesSelf(planned)) {
      const remedy = say`${raise("selfSteps")}, or leave it out.`;
      throw noEffect(the("maskThreshold"), "no step keeps the source's self-attention", remedy);
    }
    return;
  }
  if (!hasMaskSource(planned)) {
    const remedy = say`Name words of the source with ${the("maskWords")}, or leave it out.`;
    throw noEffect(the(first), "no word makes a mask", remedy);
  }
  const other = given.find((key) => key !== "maskThreshold");
  if (!masksAtAll(planned) && other !== undefined) {
    const because = `with a mask threshold of ${settings.maskThreshold} the source's self-attention replaces all`;
    throw noEffect(the(other), because, say`${lower("maskThreshold")} below 1, to such as 0.3.`);
  }
  if (!settings.latentBlend && !fusesSelf(planned)) {
    const remedy = say`${raise("selfSteps")}, or leave it out.`;
    throw noEffect(the(first), "no step keeps the source's self-attention", remedy);
  }
}

/** Amplification acts where cross-attention is fused only. */
function checkAmplification(
  tokenizer: Tokenizer,
  { amplification, control, length, steps, target }: EditPlan,
): void {
  for (const [n, factor] of amplification.entries()) {
    if (factor === 1) continue;
    const open = steps.some((_, row) => control.crossWindows[row * length + n] === 1);
    if (open) continue;
    const word = tokenizer.decodeToken(target.ids[n]!).trim();
    throw noEffect(
      the("amplify", word),
      say`a word is amplified in the steps of its ${the("crossSteps")}, and "${word}" has none`,
      say`${raise("crossSteps")}, or leave it out.`,
    );
  }
}

/** Attention is fused in fused steps only. */
function checkFuses(key: FieldKey, { plan }: CheckedEdit): void {
  if (plan.steps.some(({ cross, self }) => cross || self)) return;
  const remedy = say`${raise("selfSteps")} or ${raise("crossSteps")}, or leave it out.`;
  throw noEffect(the(key), "no step is fused", remedy);
}

/** Large layers are there at large sizes only, and fused in fused steps only. */
function checkLayers(model: Model, compat: Compat, { width, height }: Size, edit: CheckedEdit): void {
  const field = the("fuseLayers");
  checkFuses("fuseLayers", edit);
  const { downscale } = model.vae;
  const [own, all] = (["auto", "all"] as const).map(
    (layers) => planSites(model, compat, height / downscale, width / downscale, layers).fused.size,
  );
  if (own === all) {
    const because = `at ${width}x${height} pixels every layer is fused already`;
    throw noEffect(field, because, "Leave it out.");
  }
}

/** Refuses, where a preview is asked for, what belongs to a whole result. */
export function checkPreview(request: object): void {
  const useless = askedFields(request, "result");
  if (useless.length === 0) return;
  throw usageError(
    say`${list(useless)} would have no effect: with ${the("preview")} one picture is written, and nothing else.`,
    say`Leave it out, or ${leaveOut("preview")}.`,
  );
}

/** Refuses what belongs to null-text inversion where there is none, and what does not go with it. */
export function checkNullText(request: NullTextOptions & WindowOptions): void {
  if (request.nullText !== undefined && typeof request.window === "object")
    throw usageError(
      say`${the("window", windowText(request.window))} does not go with ${the("nullText")}, which knows no windows.`,
      say`${leaveOut("window")}, or ${leaveOut("nullText")}.`,
    );
  const [first] = askedFields(request, "nullText");
  if (first === undefined || request.nullText !== undefined) return;
  throw noEffect(the(first), "no null-text inversion is made", say`${add("nullText")}.`);
}

/** Refuses what says how live pictures are made where there are none. */
export function checkLiveEffects(request: { readonly live?: string | undefined }): void {
  const [first] = askedFields(request, "live");
  if (first === undefined || request.live !== undefined) return;
  throw noEffect(the(first), "no live picture is written", say`${add("live")}.`);
}

/** Refuses a step of maps where no maps are saved. */
export function checkMapSteps(request: { readonly saveMaps?: string | undefined }): void {
  const [every] = askedFields(request, "saveMaps");
  if (every === undefined || request.saveMaps !== undefined) return;
  throw noEffect(the(every), "no maps are saved", say`${add("saveMaps")}.`);
}
