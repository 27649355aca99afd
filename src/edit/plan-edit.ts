import { FateZeroError } from "../errors.ts";
import { checkNumber, type PlanningModel, promptIds } from "../pipeline/index.ts";
import {
  buildEditPlan,
  type CrossSteps,
  crossStepsOf,
  type PlanWarning,
  padIds,
  readEdit,
  readWeights,
  type WeightedPrompt,
  type WordName,
  withoutWeights,
  wordWindows,
} from "../prompt/index.ts";
import { inWords, leaveOut, say, the } from "../say.ts";
import { checkIsModel, checkPrompt } from "./check-call.ts";
import { checkKnobs } from "./check-knobs.ts";
import { handMasksOf } from "./given-mask.ts";
import { checkRegions } from "./given-region.ts";
import { chooseGuided, noteGuided } from "./guided-steps.ts";
import type { Inversion, NullText } from "./inversion.ts";
import type { EditKnobs, EditRun, EditSettings } from "./knobs.ts";
import { makesTarget, type OwnTarget, ownTarget } from "./own-target.ts";
import { chooseMask, noteMask } from "./plan-mask.ts";
import { planRegions } from "./plan-regions.ts";
import type { PlannedEdit } from "./planned-edit.ts";
import { type Preset, type PresetName, presetIsPapers, presetOf, RELEASED } from "./presets.ts";
import { chooseReuse, noteReuse } from "./reuse-deep.ts";

/** What an inversion has settled, or will have, when an edit of it is planned. */
export interface PlanTerms extends Pick<Inversion, "prompt" | "steps"> {
  /** @default none: the edits' unconditional branch reads their negative prompt */
  readonly nullText?: Pick<NullText, "guidance">;
  /** @default none: this program's own reading of prompts, not the released code's */
  readonly settings?: Pick<Inversion["settings"], "compat">;
}

/** A run of an edit that was planned before: its knobs are settled. */
export type PlannedEditOptions = EditRun & { readonly plan: PlannedEdit } & {
  readonly [K in keyof EditKnobs]?: never;
};

/** Words that a table of windows does not name keep the preset's share. */
function withOtherWords(crossSteps: CrossSteps | undefined, share: number): CrossSteps {
  const { rest, words } = wordWindows(crossSteps ?? share);
  return crossStepsOf({ rest: rest ?? share, words });
}

/** The target's words and their weights; one that an edit makes itself has none. */
function targetOf(prompt: string, own: OwnTarget | null, compat: boolean): WeightedPrompt {
  if (own) return { text: own.text, weights: [] };
  return compat ? { text: prompt, weights: [] } : readWeights(prompt);
}

/** Weights are of the target: in the source they are letters like others, which the model reads. */
function warnOfWeights(source: string): readonly PlanWarning[] {
  if (withoutWeights(source) === source) return [];
  const message = `The source prompt "${source}" holds a weight, as only the target may: here it is read as text.`;
  return [{ code: "source-weights", message }];
}

const NOT_EVERY_STEP: PlanWarning = {
  code: "null-text-guidance",
  message: say`The inversion's null-text embeddings were optimised for guidance in every step: where ${the("guidanceSteps")} leaves it out they keep less of the source. ${leaveOut("guidanceSteps")} to have it in all.`,
};

/**
 * Guidance, and what an inversion with null-text embeddings makes of it: its own where none is given. Throws FateZeroError
 * `null-text-negative`.
 */
function chooseGuidance(
  { nullText }: PlanTerms,
  { guidance, negative = "" }: EditKnobs,
  preset: Preset,
): { readonly guidance: number; readonly warnings: readonly PlanWarning[] } {
  if (nullText && negative.trim() !== "") {
    throw new FateZeroError(
      "null-text-negative",
      say`${the("negative")} has no place: the inversion holds null-text embeddings, which edits take instead.`,
      say`${leaveOut("negative")}, or invert the video without null-text embeddings.`,
    );
  }
  const own = nullText?.guidance ?? preset.guidance;
  const chosen = checkNumber("The guidance scale", guidance ?? own, 0, 1e4);
  if (!nullText || chosen === own) return { guidance: chosen, warnings: [] };
  const message = say`The inversion's null-text embeddings were optimised for a guidance scale of ${String(own)}: at ${String(chosen)} they keep less of the source. ${leaveOut("guidance")} to have it theirs.`;
  return { guidance: chosen, warnings: [{ code: "null-text-guidance", message }] };
}

function choosePreset(
  model: PlanningModel,
  kind: PresetName,
  compat: boolean,
  options: EditKnobs,
): [PresetName, Preset] {
  if (compat) return [kind, RELEASED];
  const name = options.preset ?? kind;
  return [name, presetOf(model, name, options.strength)];
}

/** Plans an edit of the whole picture by one target prompt. */
async function planWhole(
  model: PlanningModel,
  inversion: PlanTerms,
  options: Omit<EditKnobs, "regions">,
): Promise<PlannedEdit> {
  if (!makesTarget(options)) checkPrompt(options, "edit", "the video should show instead", "target prompt");
  const compat = inversion.settings?.compat ?? undefined;
  checkKnobs(options);
  const own = await ownTarget(model, inversion.prompt, compat !== undefined, options);
  const target = targetOf(options.prompt ?? "", own, compat !== undefined);
  const { amplify = [] } = options;
  const byHand = (Array.isArray(amplify) ? amplify : Object.entries(amplify)) as [WordName, number][];
  // Of a word that is weighed twice, the last weight holds.
  const factors = [...new Map([...target.weights, ...byHand])];
  const base = {
    source: inversion.prompt,
    target: target.text,
    steps: inversion.steps,
    method: own?.removes ? "refine" : options.align,
    amplify: factors,
    maskWords: options.maskWords ?? (own?.removes ? { source: own.maskWords } : undefined),
    compat,
  };
  // Reading takes time that grows with the square of the words.
  if (!compat) padIds(model.tokenizer, base.source, "refuse", "source prompt");
  if (!compat) padIds(model.tokenizer, base.target, "refuse", "target prompt");
  const reading = compat ? undefined : await readEdit(model.tokenizer, base.source, base.target);
  const kind = own?.preset ?? reading?.kind ?? "attribute";
  const [name, preset] = choosePreset(model, kind, compat !== undefined, options);
  const selfSteps = options.selfSteps ?? preset.selfSteps;
  const crossSteps = withOtherWords(options.crossSteps, preset.crossSteps);
  const knobs = { ...base, selfSteps, crossSteps: compat ? (options.crossSteps ?? crossSteps) : crossSteps };
  const plan = reading
    ? buildEditPlan(model.tokenizer, knobs, reading)
    : buildEditPlan(model.tokenizer, { ...knobs, compat: "fatezero" });
  if (options.negative !== undefined && !compat)
    padIds(model.tokenizer, options.negative, "refuse", "negative prompt");

  const guided = chooseGuidance(inversion, options, preset);
  const { hand, warnings: maskWarnings } = handMasksOf(options, compat !== undefined);
  const mask = chooseMask(options, preset, plan, { name, compat: compat !== undefined, hand });
  const inSteps = chooseGuided(options.guidanceSteps, {
    guidance: guided.guidance,
    steps: inversion.steps,
    compat: compat !== undefined,
  });
  const settings: EditSettings = {
    selfSteps,
    crossSteps,
    ...mask.settings,
    guidance: guided.guidance,
    ...inSteps,
    ...chooseReuse(options.reuseDeep, compat !== undefined),
    negative: options.negative ?? "",
    maskSelfAttention: options.maskSelfAttention ?? true,
    fuseLayers: options.fuseLayers ?? "auto",
    fuseFrom: options.fuseFrom ?? "inversion",
  };
  const papers = presetIsPapers(name, model.checkpoint.settings);
  const explanation = compat
    ? plan.explanation
    : say`${own ? `${own.note}\n` : ""}${plan.explanation}\n${[noteMask(plan, name, { settings, hand, papers })].flat()}${noteGuided(settings, inversion.steps)}${noteReuse(settings)}`;
  return {
    plan: {
      ...plan,
      explanation: inWords(explanation),
      warnings: [
        ...plan.warnings,
        ...(compat ? [] : warnOfWeights(base.source)),
        ...guided.warnings,
        ...(inversion.nullText && inSteps.guidanceSteps !== undefined ? [NOT_EVERY_STEP] : []),
        ...maskWarnings,
      ],
    },
    preset: name,
    settings,
    reading: reading ?? null,
    hasMask: mask.isUsed,
    hand,
    regions: null,
    removes: own?.removes ?? null,
    amplify: factors,
    explanation,
  };
}

/**
 * Decides how an edit will be done, without computing anything: finds the difference of the prompts, the kind of edit
 * that follows from it, and the knobs. Cheap, so that a wrong word is told before an inversion.
 *
 * @throws FateZeroError on a word that is in neither prompt, a prompt over the model's length, a number out of range,
 * regions that do not go together.
 * @example
 * const model = await openPlanningModel(); // or one of loadModel
 * const planned = await planEdit(model, { prompt: "a red rose", steps: 50 }, { prompt: "a blue rose" });
 * planned.preset; // "attribute"
 */
export async function planEdit(
  model: PlanningModel,
  inversion: PlanTerms,
  options: EditKnobs,
): Promise<PlannedEdit> {
  checkIsModel(model, "planEdit");
  checkPrompt(inversion, "planEdit", "the video shows, beside { steps }");
  const regions = checkRegions(
    options,
    inversion.settings?.compat !== undefined && inversion.settings.compat !== null,
  );
  if (!regions) return planWhole(model, inversion, options);
  return planRegions(model.tokenizer, inversion.prompt, { knobs: options, regions }, (knobs) =>
    planWhole(model, inversion, knobs),
  );
}

/** Throws FateZeroError `plan-differs` unless a plan was made for this inversion and with this model's words; returns it. */
export function checkPlan(model: PlanningModel, inversion: Inversion, planned: PlannedEdit): PlannedEdit {
  const { prompt, steps, settings } = inversion;
  const { source, target, steps: own } = planned.plan;
  if (source.text !== prompt || own.length !== steps)
    throw planDiffers(
      `is for "${source.text}" in ${own.length} steps; the inversion is of "${prompt}" in ${steps}`,
    );
  if ((planned.reading === null) !== (settings.compat !== null))
    throw planDiffers("and the inversion differ in whether they follow the released code (compat)");
  const ids = promptIds(model.tokenizer, target.text, settings.compat, "target prompt").ids;
  if (inversion.nullText && planned.settings.negative.trim() !== "")
    throw planDiffers("has a negative prompt, in whose place the inversion has null-text embeddings");
  if (String(source.ids) !== String(inversion.ids) || String(target.ids) !== String(ids))
    throw planDiffers("was made with the words of another model");
  return planned;
}

function planDiffers(how: string): FateZeroError {
  return new FateZeroError(
    "plan-differs",
    `The plan ${how}.`,
    "Plan the edit with this model and this inversion.",
  );
}
