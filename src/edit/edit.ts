import { ddimStep } from "../diffusion/index.ts";
import {
  asPhase,
  createJob,
  follow,
  type Job,
  type Model,
  type ProgressEvent,
  resumable,
} from "../pipeline/index.ts";
import type { JobState, Keeper } from "../resume/index.ts";
import { inWords } from "../say.ts";
import type { FloatTensor } from "../tensor/index.ts";
import { checkIsInversion, checkIsModel } from "./check-call.ts";
import { checkModel } from "./check-model.ts";
import { type EditState, editKey, firstState, fitsEdit, stateOf, trajectoryOf } from "./edit-state.ts";
import { type EditResult, finishEdit } from "./finish-edit.ts";
import { fitHandMasks } from "./hand-mask.ts";
import { framesOf, type Inversion } from "./inversion.ts";
import type { EditJobOptions, EditRun } from "./knobs.ts";
import { checkLive, type EditEvent, withLive } from "./live.ts";
import { checkSourceFrames } from "./paste-source.ts";
import { checkPlan, type PlannedEditOptions, planEdit } from "./plan-edit.ts";
import type { PlannedEdit } from "./planned-edit.ts";
import { prepareEdit } from "./prepare-edit.ts";
import type { PreparedEdit } from "./prepared-edit.ts";
import { reconstruct } from "./reconstruct.ts";
import { checkFitted } from "./region-shares.ts";
import { checkReuse } from "./reuse-deep.ts";

/** An edit after a step, and the clean latents [F, C, h, w] that the step's prediction implies. */
interface EditStepState extends EditState {
  clean(): FloatTensor;
}

/**
 * Algorithm 2 of the paper: denoises with guidance, from the noisiest latents of the inversion on or after some of the
 * steps, while the source's attention is fused into the edit's. One state a step. docs/algorithm.md maps the lines.
 */
export async function* denoiseEdit(
  { steps, denoise, blend, guide }: PreparedEdit,
  from: EditState,
  signal?: AbortSignal,
): AsyncGenerator<EditStepState, void, void> {
  let { latents: z, targetMaps } = from;
  for (const step of steps.slice(from.step)) {
    const { predictions, wordMaps } = await denoise(step, z, signal);
    const [noisy, prediction] = [z, guide(step, predictions)];
    z = ddimStep(step, noisy, prediction);
    ({ z, targetMaps } = blend(step, z, targetMaps, wordMaps));
    yield {
      ...{ step: step.index + 1, latents: z, targetMaps },
      clean: () => ddimStep(step.clean, noisy, prediction),
    };
  }
}

const isPlanned = (options: EditJobOptions | PlannedEditOptions): options is PlannedEditOptions =>
  "plan" in options && options.plan !== undefined;

/** The plan that was given, or one that is made here and told. */
async function* planOf(
  model: Model,
  inversion: Inversion,
  options: EditJobOptions | PlannedEditOptions,
): AsyncGenerator<ProgressEvent, PlannedEdit, void> {
  if (isPlanned(options)) return checkPlan(model, inversion, options.plan);
  const planned = await planEdit(model, inversion, options);
  for (const { code, message } of planned.plan.warnings)
    yield { type: "warning", code, message: inWords(message) };
  yield { type: "plan", explanation: planned.plan.explanation };
  return planned;
}

/** Refuses, before any work, masks that do not fit the clip, and source frames that are not its own. */
function checkHandMasks(
  { hand, regions }: PlannedEdit,
  inversion: Inversion,
  { sourceFrames }: EditRun,
): void {
  const open = fitHandMasks(hand, inversion)?.open ?? null;
  if (regions) checkFitted(regions.list, inversion, open);
  if (sourceFrames) checkSourceFrames(sourceFrames, framesOf(inversion));
}

async function* run(
  model: Model,
  inversion: Inversion,
  options: EditJobOptions | PlannedEditOptions,
): AsyncGenerator<EditEvent, EditResult, void> {
  checkIsModel(model, "edit");
  checkIsInversion(inversion, "edit");
  checkModel(model, inversion);
  if (options.live) checkLive(model, options.live);
  const planned = yield* planOf(model, inversion, options);
  checkReuse(model, planned);
  checkHandMasks(planned, inversion, options);
  const rebuilds = planned.settings.fuseFrom === "reconstruction";
  const source = rebuilds ? yield* reconstruct(model, inversion, planned, options) : inversion;
  const resuming = {
    store: options.store,
    key: () => editKey(model, source, planned, options),
    fits: (state: JobState) => fitsEdit(source, state),
  };
  const { result, keeper } = yield* resumable("edit", resuming, (state, keep) =>
    compute(model, { inversion, fused: source }, planned, options, state, keep),
  );
  await keeper.remove();
  return rebuilds ? { ...result, reconstruction: source } : result;
}

/** Prepares, denoises and finishes an edit, from its beginning or from a state of it; `fused` is the way of the source that is fused. */
async function* compute(
  model: Model,
  { inversion: clip, fused: inversion }: { readonly inversion: Inversion; readonly fused: Inversion },
  planned: PlannedEdit,
  options: EditJobOptions | PlannedEditOptions,
  kept: JobState | null,
  keeper: Keeper,
): AsyncGenerator<EditEvent, EditResult, void> {
  const { signal, live } = options;
  const prepared = yield* asPhase("prepare", () => prepareEdit(model, inversion, planned, kept, signal));
  const first = firstState(inversion, kept, prepared.removal?.start);
  const trajectory = options.keepTrajectory ? trajectoryOf(inversion, first, kept) : null;
  const title = `edit of ${framesOf(inversion)} frames to "${planned.plan.target.text}"`;
  const toKeep = (state: EditState): (() => JobState) => {
    const whole = prepared.wholeLatents?.(state.step) ?? null;
    return () => stateOf(inversion, title, prepared, whole, state, trajectory);
  };
  let last: EditState = first;
  let clean = (): FloatTensor => last.latents;
  if (!kept) yield* keeper.step(toKeep(first));
  const loop = denoiseEdit(prepared, first, signal);
  const { steps } = prepared;
  const events = follow("edit", { steps, done: first.step, keeper }, loop, (state) => {
    trajectory?.add(state);
    ({ clean } = state);
    last = state;
    return toKeep(state);
  });
  const seen = () => ({ step: last.step, steps: steps.length, clean });
  yield* live ? withLive(model, live, events, seen, signal) : events;
  // Decoding and writing take their time too.
  yield* keeper.flush();
  const finished = yield* finishEdit(model, clip, prepared, last.latents, options);
  return { ...finished, ...planned, ...(trajectory ? { trajectory: trajectory.latents } : {}) };
}

/**
 * Edits an inverted clip by a target prompt (paper Alg. 2). The inversion is not changed; edit it as often as you like. A
 * plan that `planEdit` made before may be given as `plan`: then it is neither made nor told again.
 *
 * @throws FateZeroError on an inversion of another model, a word that is in neither prompt, a number out of range, a plan
 * of another inversion.
 * @example
 * const result = await edit(model, inversion, { prompt: "a blue car on a road under a blue sky" });
 */
export function edit(
  model: Model,
  inversion: Inversion,
  options: (EditJobOptions | PlannedEditOptions) & { readonly live?: undefined },
): Job<ProgressEvent, EditResult>;
/** The same with `live`: pictures of what it will be are among the events. */
export function edit(
  model: Model,
  inversion: Inversion,
  options: EditJobOptions | PlannedEditOptions,
): Job<EditEvent, EditResult>;
export function edit(
  model: Model,
  inversion: Inversion,
  options: EditJobOptions | PlannedEditOptions,
): Job<EditEvent, EditResult> {
  return createJob((signal) => run(model, inversion, { ...options, signal }), options?.signal);
}
