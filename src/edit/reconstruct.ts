import { createSchedule, ddimStep, guide, type ScheduleStep } from "../diffusion/index.ts";
import {
  asPhase,
  type Denoiser,
  follow,
  type LoopState,
  type Model,
  numbersOf,
  type ProgressEvent,
  resumable,
} from "../pipeline/index.ts";
import { type JobState, type Keeper, keyOf } from "../resume/index.ts";
import { float16ToFloat32, float32ToFloat16, floatTensor, slice0 } from "../tensor/index.ts";
import { type BranchTexts, encodeTexts } from "./branch-texts.ts";
import { guidedSteps } from "./guided-steps.ts";
import {
  emptyMaps,
  framesOf,
  type Inversion,
  type InversionStep,
  latentsAt,
  recordStepBack,
} from "./inversion.ts";
import type { EditRun } from "./knobs.ts";
import type { PlannedEdit } from "./planned-edit.ts";
import { denoiserOf } from "./source-states.ts";

/** To be raised whenever the same input gives other numbers than before. */
const VERSION = 2;

/** Denoises the source under its own prompt, with guidance where the edit has it, from the latents after some of the steps: one state a step. */
async function* rebuild(
  denoiser: Denoiser,
  steps: readonly ScheduleStep[],
  { source, unconditional }: Pick<BranchTexts, "source" | "unconditional">,
  { guidance, guided }: { readonly guidance: number; readonly guided: readonly boolean[] },
  from: LoopState,
  signal?: AbortSignal,
): AsyncGenerator<InversionStep, void, void> {
  let z = from.latents;
  for (const step of steps.slice(from.step)) {
    const conditional = { latents: z, text: source };
    const branches =
      unconditional && guided[step.index]
        ? [{ latents: z, text: unconditional(step.inverted) }, conditional]
        : [conditional];
    const { predictions, ...seen } = await denoiser.plain(branches, step.timestep, signal);
    z = ddimStep(step, z, guide(predictions, guidance));
    yield { step: step.index + 1, latents: z, ...seen };
  }
}

/** The noisiest `step` steps of a reconstruction on its way, which stand last in it. */
function stateAfter({ steps, latents, wordMaps }: Inversion, step: number, title: string): JobState {
  const begin = (wordMaps.data.length / steps) * (steps - step);
  const maps = float16ToFloat32(wordMaps.data.subarray(begin));
  const tensors = {
    latents: slice0(latents, steps - step, steps + 1),
    ...(maps.length > 0 ? { word_maps: floatTensor([maps.length], maps) } : {}),
  };
  return { step, steps, title, tensors };
}

function fits({ steps, latents, wordMaps }: Inversion, { step, steps: all, tensors }: JobState): boolean {
  return (
    all === steps &&
    step >= 1 &&
    step <= steps &&
    tensors.latents?.shape.join() === [step + 1, ...latents.shape.slice(1)].join() &&
    (tensors.word_maps?.data.length ?? 0) === (wordMaps.data.length / steps) * step
  );
}

function restore({ steps, latents, wordMaps }: Inversion, { step, tensors }: JobState): void {
  latents.data.set(tensors.latents!.data, (latents.data.length / (steps + 1)) * (steps - step));
  const { word_maps: maps } = tensors;
  if (maps) wordMaps.data.set(float32ToFloat16(maps.data), (wordMaps.data.length / steps) * (steps - step));
}

/**
 * Denoises an inversion's noisiest latents back under its own prompt, with an edit's guidance and unconditional text: the
 * way that prompt-to-prompt takes its attention from, on which errors add up (paper Fig. 3, 8). The result is laid out like
 * an inversion, with that way's latents and word maps.
 */
export async function* reconstruct(
  model: Model,
  inversion: Inversion,
  planned: PlannedEdit,
  { store, signal }: Pick<EditRun, "store" | "signal">,
): AsyncGenerator<ProgressEvent, Inversion, void> {
  const { settings, steps, ids, latents, wordMaps, nullText } = inversion;
  const { guidance, guidanceSteps, negative } = planned.settings;
  const { denoiser, sites } = denoiserOf(model, inversion);
  const frames = framesOf(inversion);
  const way: Inversion = {
    ...inversion,
    latents: floatTensor(latents.shape),
    wordMaps: emptyMaps(sites, steps, frames, wordMaps.tokens),
  };
  way.latents.data.set(latentsAt(inversion, steps).data, (latents.data.length / (steps + 1)) * steps);
  const layers = sites.maps.map(({ path }) => path);
  const texts = nullText ? [nullText.embeddings.data] : [negative];
  const begin = latentsAt(inversion, steps).data;
  const resuming = {
    store,
    key: () =>
      keyOf("reconstruct", [
        ...[VERSION, ...numbersOf(model), ids, settings, steps, layers, guidance],
        ...(guidanceSteps === undefined ? [] : [guidanceSteps]),
        ...[...texts, begin],
      ]),
    fits: (state: JobState) => fits(way, state),
  };
  const { keeper } = yield* resumable("reconstruct", resuming, (state, keep) =>
    fill(way, model, planned, denoiser, state, keep, signal),
  );
  // Another edit at the same guidance takes it too.
  yield* keeper.flush();
  return way;
}

/** Fills in the steps of a reconstruction, from the noisiest on or from a state of it. */
async function* fill(
  way: Inversion,
  model: Model,
  planned: PlannedEdit,
  denoiser: Denoiser,
  state: JobState | null,
  keeper: Keeper,
  signal: AbortSignal | undefined,
): AsyncGenerator<ProgressEvent, void, void> {
  const { steps, settings, prompt } = way;
  if (state) restore(way, state);
  const done = state?.step ?? 0;
  if (done === steps) return;
  const texts = yield* asPhase("prepare", () => encodeTexts(model, way, planned, signal));
  const schedule = createSchedule(model.checkpoint.scheduler, steps, settings.compat);
  const { guidance } = planned.settings;
  const guided = guidedSteps(planned.settings, steps);
  const first = { step: done, latents: latentsAt(way, steps - done) };
  const loop = rebuild(denoiser, schedule.steps, texts, { guidance, guided }, first, signal);
  const title = `reconstruction of ${framesOf(way)} frames, "${prompt}"`;
  yield* follow("reconstruct", { steps: schedule.steps, done, keeper }, loop, (at) => {
    recordStepBack(way, at);
    return () => stateAfter(way, at.step, title);
  });
}
