import { defined } from "../defined.ts";
import { type EditJobOptions, planEdit } from "../edit/index.ts";
import { explainError, FateZeroError } from "../errors.ts";
import { openPlanningModel } from "../pipeline/index.node.ts";
import type { PlanningModel } from "../pipeline/index.ts";
import { type AlignedWord, type EditChange, type EditKind, wordAlignment } from "../prompt/index.ts";
import {
  askedFields,
  defaultOf,
  flagNames,
  KNOBS,
  type KnobOptions,
  type MethodOptions,
  type PlanRequest,
  pickFields,
  toArguments,
  type WindowOptions,
} from "../request/index.ts";
import { inWords, leaveOut, say, the } from "../say.ts";
import { type Single, variantsOf } from "./edits/variants.ts";
import { checkKnobEffects } from "./effects.ts";
import { checkMemory } from "./memory.ts";
import { type Needs, needsOf } from "./needs.ts";
import { partsIn } from "./open-model.ts";
import { checkEdit, refuseIgnored } from "./plan.ts";
import { type AskedPair, checkSentences, type PromptPair, pairOf, pairsOfFile } from "./plan-pairs.ts";
import { prepare } from "./prepare.ts";
import type { CheckedEdit } from "./prepared.ts";
import { reportDownload } from "./report-download.ts";
import type { Session } from "./session.ts";
import { usageError } from "./usage.ts";
import { usedKnobs, usedWay } from "./used.ts";

/** How an edit of two sentences would be done. */
export interface PlannedPair extends PromptPair {
  /** Whose words and presets; null: those of Stable Diffusion in general. */
  readonly model: string | null;
  readonly kind: EditKind;
  /** Words of the source, lower case, each once: what a mask would show, whether or not one is used. */
  readonly maskWords: readonly string[];
  /** Whether a mask is used. */
  readonly hasMask: boolean;
  readonly changes: readonly EditChange[];
  readonly alignment: readonly AlignedWord[];
  readonly explanation: string;
  readonly preset: string;
  readonly settings: KnobOptions & MethodOptions & WindowOptions & { readonly steps: number };
  /** The settings as options of `fatezero edit`. */
  readonly arguments: readonly string[];
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
  /** What the edits of the input take, all together, where there is one. */
  readonly needs?: Needs;
}

/** A pair that no edit can be made of. */
export interface FailedPair extends PromptPair {
  readonly error: { readonly code: string; readonly message: string; readonly remedy: string };
}

const NAMES = flagNames("edit");

async function planPair(
  model: PlanningModel,
  name: string | null,
  pair: AskedPair,
  options: EditJobOptions,
  method: MethodOptions & WindowOptions & { readonly steps: number },
): Promise<PlannedPair> {
  const { steps } = method;
  checkSentences(pair);
  const planned = await planEdit(model, { prompt: pair.source, steps }, options);
  const { plan, reading, preset, hasMask } = planned;
  const edit: CheckedEdit = { ...planned, options };
  refuseIgnored(plan);
  checkKnobEffects(model.tokenizer, null, edit);
  const settings = { ...usedKnobs(edit, {}), amplify: planned.amplify, ...method };
  return {
    source: pair.source,
    target: pair.target ?? plan.target.text,
    model: name,
    kind: plan.kind,
    maskWords: [...new Set(plan.mask.sourceWords.map((word) => word.toLowerCase()))],
    hasMask,
    changes: reading?.changes ?? [],
    alignment: wordAlignment(model.tokenizer, plan),
    explanation: inWords(planned.explanation, NAMES),
    preset,
    settings,
    // Weights in the target are the target's to say.
    arguments: toArguments("edit", {
      ...usedKnobs(edit, {}),
      ...method,
      ...(name === null ? {} : { model: name }),
    }),
    warnings: plan.warnings.map(({ code, message }) => ({ code, message: inWords(message, NAMES) })),
  };
}

/** Refuses, where there is no clip, what is of one or of what computes on it. */
function checkInputOnly(request: PlanRequest): void {
  if (request.input !== undefined) return;
  // Words and presets are the model's, whatever is added to it but words; which files it has may matter.
  const computed = [
    "lowMemory",
    "chunk",
    "maxMemory",
    "device",
    "precision",
    "attend",
    "window",
    "lora",
    "vae",
    "prediction",
    "ema",
  ] as const;
  const model = [...computed, ...(request.model === undefined ? (["variant", "base"] as const) : [])];
  const useless = askedFields(request, "clip").find((key) => key !== "captioner");
  const first = useless ?? model.find((key) => request[key] !== undefined);
  if (first === undefined) return;
  throw usageError(
    say`${the(first)} would have no effect: without an input the sentences alone are read.`,
    say`${leaveOut(first)}, or give the video as the input.`,
  );
}

/** What `work` comes to for a pair, or why it cannot be planned, where that is to be told in its place. */
async function orFault(pair: AskedPair, work: () => Promise<PlannedPair>): Promise<PlannedPair | FailedPair> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof FateZeroError)) throw error;
    const { what, remedy } = explainError(error, NAMES);
    const { source, target } = pair;
    return {
      ...{ source, target: target ?? "" },
      error: { code: error.code, message: what.trimEnd(), remedy },
    };
  }
}

/** The plans of edits of a clip or a saved inversion, and what all of them take. Nothing is computed. */
async function planOnInput(
  request: PlanRequest & { readonly input: string },
  session: Session,
): Promise<readonly (PlannedPair | FailedPair)[]> {
  if (request.pairs !== undefined) {
    const what = say`${the("pairs")} and an input do not go together: what an edit takes is told of one.`;
    throw usageError(what, say`${leaveOut("pairs")}, or the input.`);
  }
  const variants = variantsOf(request);
  const prepared = await prepare("edit", request, session);
  const { model, terms, size } = prepared;
  const edits: CheckedEdit[] = [];
  const plans: (PlannedPair | FailedPair)[] = [];
  for (const { request: own } of variants) {
    const options = optionsOf(own);
    const pair = { source: terms.prompt, target: own.target ?? null };
    const plan = async (): Promise<PlannedPair> => {
      const checked = await checkEdit(model, terms, size, options);
      const method = { ...usedWay(prepared, request), steps: terms.steps };
      const planned = await planPair(model, model.name, pair, options, method);
      edits.push(checked);
      return planned;
    };
    plans.push(variants.length === 1 ? await plan() : await orFault(pair, plan));
  }
  if (edits.length === 0) return plans;
  const needs = needsOf(checkMemory(prepared, request, edits), request, edits);
  return plans.map((plan) => ("error" in plan ? plan : { ...plan, needs }));
}

/** The options of the library that a request comes to. */
function optionsOf(request: Single<PlanRequest>): EditJobOptions {
  return { ...defined({ prompt: request.target }), ...pickFields(KNOBS, request) };
}

/** The pairs that a request names, each with how it is edited: those of a file, or its own. */
async function askedPlans(
  request: PlanRequest,
): Promise<readonly { readonly pair: AskedPair; readonly options: EditJobOptions }[]> {
  const { pairs: file } = request;
  if (file === undefined)
    return variantsOf(request).map(({ request: own }) => ({ pair: pairOf(own), options: optionsOf(own) }));
  const knobs = pickFields(KNOBS, request);
  const pairs = await pairsOfFile(file, request);
  return pairs.map((pair) => ({
    pair,
    options: { ...(pair.target === null ? {} : { prompt: pair.target }), ...knobs },
  }));
}

/**
 * `fatezero plan`: how edits of sentences would be done, and what edits of an input would take. A pair that cannot be planned does not keep the
 * others from it; a single one throws.
 */
export async function planPrompts(
  request: PlanRequest,
  session: Session,
): Promise<readonly (PlannedPair | FailedPair)[]> {
  const { report, signal } = session;
  const { input } = request;
  checkInputOnly(request);
  if (input !== undefined) return planOnInput({ ...request, input }, session);
  const asked = await askedPlans(request);
  const parts = { ...partsIn(request), signal, onEvent: reportDownload(report) };
  const model = await openPlanningModel(request.model, parts);
  const { steps = defaultOf("steps", "plan") } = request;
  const throws = request.pairs === undefined && asked.length === 1;
  const planned: (PlannedPair | FailedPair)[] = [];
  for (const { pair, options } of asked) {
    const plan = () => planPair(model, request.model ?? null, pair, options, { steps });
    planned.push(throws ? await plan() : await orFault(pair, plan));
  }
  return planned;
}
