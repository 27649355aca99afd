import { createSchedule, ddimStep, type ScheduleStep } from "../diffusion/index.ts";
import {
  asPhase,
  checkFinite,
  createJob,
  type Denoiser,
  describeModel,
  encodeFrames,
  follow,
  type Job,
  type LoopState,
  type MethodOptions,
  type Model,
  type ProgressEvent,
  planSites,
  promptIds,
  resolveMethod,
  resumable,
  type Scenes,
  withScenes,
} from "../pipeline/index.ts";
import type { JobState, Keeper, StateStore } from "../resume/index.ts";
import { type FloatTensor, floatTensor } from "../tensor/index.ts";
import { checkedClip, type GivenVideo, TRANSPARENT, type Video } from "../video/index.ts";
import { checkIsModel, checkPrompt } from "./check-call.ts";
import { fitFrames } from "./fit-frames.ts";
import {
  clipFacts,
  emptyMaps,
  type Inversion,
  type InversionStep,
  latentsAt,
  recordStep,
} from "./inversion.ts";
import {
  fitsInversion,
  type InversionJob,
  inversionKey,
  inversionState,
  restoreInversion,
} from "./inversion-state.ts";
import { dropOlder } from "./older-state.ts";
import { denoiserOf, keepStates, recordStates } from "./source-states.ts";

export interface InvertOptions extends MethodOptions {
  /** What the video shows. */
  readonly prompt: string;
  /** DDIM steps T (paper: 50). @default 50 */
  readonly steps?: number;
  /** Pixels of the shorter side; in compat mode of both sides, a square cut from the centre. @default the model's own size */
  readonly size?: number;
  /**
   * Where the clip's scenes begin after the first one, in frames from 0: no frame attends to one of another scene, and each scene has
   * a `first`, `mid` and `last` of its own. `auto` looks for cuts. A clip is one scene in compat mode, and where a tuned model computes
   * it at once.
   * @default "auto"
   */
  readonly scenes?: Scenes;
  /**
   * Keeps the state of the work: the same job goes on where an earlier one stopped, with the same numbers, and what is
   * finished is not done again. @default none
   */
  readonly store?: StateStore;
  /**
   * Keeps what the fused blocks took in, where that is up to 256 MiB: edits are then faster, with the same result.
   * @default true; false for a model that is loaded with memory `"lowMemory"`
   */
  readonly keepSource?: boolean;
  /** Ends the job at once when aborted. */
  readonly signal?: AbortSignal;
}

/** What the loop of an inversion needs. */
export interface PreparedInversion {
  /** Cleanest first. */
  readonly steps: readonly ScheduleStep[];
  readonly denoiser: Denoiser;
  /** States of the source prompt, [L, D]. */
  readonly text: FloatTensor;
}

/**
 * DDIM inversion (paper §3.1): from the latents after some of its steps towards noise, one state a step. Without guidance,
 * and each prediction is made for the timestep that its step leads to.
 */
export async function* invertLatents(
  { steps, denoiser, text }: PreparedInversion,
  from: LoopState,
  signal?: AbortSignal,
): AsyncGenerator<InversionStep, void, void> {
  let z = from.latents;
  for (const step of steps.slice(from.step)) {
    const { predictions, ...seen } = await denoiser.plain([{ latents: z, text }], step.timestep, signal);
    z = ddimStep(step, z, predictions[0]!);
    yield { step: step.index + 1, latents: z, ...seen };
  }
}

/** Decides everything, and makes the inversion that is to be filled. */
function prepareInversion(
  model: Model,
  video: Video,
  options: InvertOptions,
): { readonly inversion: Inversion; readonly job: InversionJob } {
  const { prompt, steps = 50, scenes } = options;
  const settings = withScenes(
    model,
    resolveMethod(model, options, video.frames.length),
    scenes,
    video.frames,
  );
  const schedule = createSchedule(model.checkpoint.scheduler, steps, settings.compat);
  const { ids, count: tokens } = promptIds(model.tokenizer, prompt, settings.compat, "source prompt");
  const frames = fitFrames(model, video, options);
  const { width, height } = frames[0]!;
  const [h, w] = [height / model.vae.downscale, width / model.vae.downscale];
  const sites = planSites(model, settings.compat, h, w);
  const inversion: Inversion = {
    ...{ prompt, ids, steps, ...clipFacts(video), settings },
    size: { width, height },
    model: describeModel(model),
    latents: floatTensor([steps + 1, frames.length, model.vae.latentChannels, h, w]),
    wordMaps: emptyMaps(sites, steps, frames.length, tokens),
  };
  return { inversion, job: { model, frames, ids, schedule, settings, sites } };
}

async function* run(
  model: Model,
  given: GivenVideo,
  options: InvertOptions,
): AsyncGenerator<ProgressEvent, Inversion, void> {
  checkIsModel(model, "invert");
  checkPrompt(options, "invert", "the video shows");
  const { store } = options;
  const { clip: video, isTransparent } = checkedClip(given);
  if (isTransparent) yield { type: "warning", ...TRANSPARENT };
  const { inversion, job } = prepareInversion(model, video, options);
  const resuming = {
    store,
    key: () => inversionKey(job),
    fits: (state: JobState) => fitsInversion(inversion, state),
  };
  const { keeper } = yield* resumable("invert", resuming, async function* (state, keep) {
    if (!state && store) yield* dropOlder(store, job);
    yield* fill(inversion, job, state, keep, options);
  });
  // The finished one stays: the next edit of the clip needs it.
  yield* keeper.flush();
  return inversion;
}

/** Fills in the steps of an inversion, from the clip's frames or from a state of it. */
async function* fill(
  inversion: Inversion,
  { model, frames, ids, schedule, sites }: InversionJob,
  state: JobState | null,
  keeper: Keeper,
  { keepSource = model.engine.memory === "fast", signal }: InvertOptions,
): AsyncGenerator<ProgressEvent, void, void> {
  const { width, height } = inversion.size;
  const title = `inversion of ${frames.length} frames ${width}x${height}, "${inversion.prompt}"`;
  const stateAfter = (step: number) => () => inversionState(inversion, step, title);
  if (state) restoreInversion(inversion, state);
  else {
    const encode = () => encodeFrames(model, frames, { signal });
    const clean = yield* asPhase("encode", encode);
    checkFinite(clean, "encoding", 1, null);
    inversion.latents.data.set(clean.data);
    yield* keeper.step(stateAfter(0));
  }
  const done = state?.step ?? 0;
  if (keepSource) keepStates(model, sites, inversion);
  if (done === inversion.steps) return;
  const text = yield* asPhase("prepare", () => model.encodeText(ids, signal));
  const { denoiser } = denoiserOf(model, inversion);
  const prepared = { steps: schedule.inversion, denoiser, text };
  const loop = invertLatents(prepared, { step: done, latents: latentsAt(inversion, done) }, signal);
  yield* follow("invert", { steps: schedule.inversion, done, keeper }, loop, (at) => {
    recordStep(inversion, at);
    recordStates(model, inversion, at.step - 1, at.states);
    return stateAfter(at.step);
  });
}

/**
 * DDIM inversion of a clip under the prompt that describes it (paper §3.1): records the latents and the word maps of
 * every step, and nothing else. Any number of edits can be made from the result.
 *
 * @throws FateZeroError on frames that cannot be (`bad-frame`, `frame-size-differs`), a prompt that is missing or over the
 * model's length, a size the model cannot take, values that are not finite.
 * @example
 * const inversion = await invert(model, clip, { prompt: "a red car on a road under a blue sky" });
 */
export function invert(
  model: Model,
  video: GivenVideo,
  options: InvertOptions,
): Job<ProgressEvent, Inversion> {
  return createJob((signal) => run(model, video, { ...options, signal }), options?.signal);
}
