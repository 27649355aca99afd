import { defined } from "../defined.ts";
import { addNoise, createSchedule, ddimStep, guide, type ScheduleStep } from "../diffusion/index.ts";
import { clipFacts, fitFrames } from "../edit/index.ts";
import {
  asPhase,
  checkFinite,
  checkNumber,
  createDenoiser,
  createJob,
  type Denoiser,
  decodeFrames,
  encodeFrames,
  follow,
  type Job,
  type LoopState,
  type Model,
  numbersOf,
  planSites,
  promptIds,
  resolveMethod,
  resumable,
} from "../pipeline/index.ts";
import { type JobState, keyOf } from "../resume/index.ts";
import { concat0, type FloatTensor, floatTensor, randomSource } from "../tensor/index.ts";
import { checkedClip, type GivenVideo, TRANSPARENT, type Video } from "../video/index.ts";
import type { BaselineEvent, BaselineOptions } from "./options.ts";
import { planBaseline } from "./plan.ts";

/** To be raised whenever the same input gives other numbers than before. */
const VERSION = 1;

/** What it takes where nothing is asked for: its paper's figures have 0.3 to 0.6. */
export const SDEDIT_DEFAULTS = { strength: 0.5, seed: 0 } as const;

export interface SdEditOptions extends BaselineOptions {
  /** Share of the way to noise that the frames are sent: 0 leaves them as they are, 1 leaves nothing of them. @default 0.5 */
  readonly strength?: number;
}

/** Noise for latents [F, C, h, w], drawn for each frame by itself. */
function noiseOf(shape: readonly number[], seed: number): FloatTensor {
  const [frames, ...own] = shape as [number, ...number[]];
  const rows = Array.from({ length: frames }, (_, f) => {
    const { data } = randomSource(seed, "sdedit", f).normal(own);
    return floatTensor([1, ...own], data);
  });
  return concat0(rows);
}

/** Denoises under the target prompt with guidance, one state a step. */
async function* denoise(
  denoiser: Denoiser,
  steps: readonly ScheduleStep[],
  { texts, guidance }: { readonly texts: readonly FloatTensor[]; readonly guidance: number },
  from: LoopState,
  signal: AbortSignal | undefined,
): AsyncGenerator<LoopState, void, void> {
  let z = from.latents;
  for (const [i, step] of steps.entries()) {
    if (i < from.step) continue;
    const branches = texts.map((text) => ({ latents: z, text }));
    const { predictions } = await denoiser.plain(branches, step.timestep, signal);
    z = ddimStep(step, z, guide(predictions, guidance));
    yield { step: i + 1, latents: z };
  }
}

async function* run(
  model: Model,
  given: GivenVideo,
  options: SdEditOptions,
): AsyncGenerator<BaselineEvent, Video, void> {
  const { target, steps: count = 50, size, seed = SDEDIT_DEFAULTS.seed, signal } = options;
  const strength = checkNumber("The strength", options.strength ?? SDEDIT_DEFAULTS.strength, 0, 1);
  const planned = await planBaseline(model, options);
  const { clip, isTransparent } = checkedClip(given);
  if (isTransparent) yield { type: "warning", ...TRANSPARENT };
  const frames = fitFrames(model, clip, defined({ size }));
  const { guidance: scale, negative: without } = planned.settings;
  const schedule = createSchedule(model.checkpoint.scheduler, count);
  const steps = schedule.steps.slice(count - Math.round(strength * count));
  const settings = resolveMethod(model, { attend: [] });
  const encode = () => encodeFrames(model, frames, { signal });
  const clean = yield* asPhase("encode", encode);
  checkFinite(clean, "encoding", 1, null);
  const { ids: free } = promptIds(model.tokenizer, without, null, "negative prompt");
  const prompts = [...(scale > 1 ? [free] : []), planned.plan.target.ids];
  const texts = yield* asPhase("prepare", () =>
    Promise.all(prompts.map((ids) => model.encodeText(ids, signal))),
  );
  const [h, w] = clean.shape.slice(-2) as [number, number];
  const denoiser = createDenoiser(model, settings, planSites(model, null, h, w));
  const first = steps[0];
  const begin = first
    ? addNoise(schedule, clean, noiseOf(clean.shape, seed), [first.timestep]).latents
    : clean;
  const title = `SDEdit of ${frames.length} frames to "${target}"`;
  const resuming = {
    store: options.store,
    key: () =>
      keyOf("sdedit", [VERSION, ...numbersOf(model), settings, ...prompts, scale, count, seed, begin.data]),
    fits: ({ step, steps: all, tensors }: JobState) =>
      all === steps.length && step <= all && tensors.latents?.shape.join() === clean.shape.join(),
  };
  const { result: latents, keeper } = yield* resumable<FloatTensor, BaselineEvent>(
    "edit",
    resuming,
    async function* (kept, keep) {
      let last: LoopState = { step: kept?.step ?? 0, latents: kept?.tensors.latents ?? begin };
      const loop = denoise(denoiser, steps, { texts, guidance: scale }, last, signal);
      yield* follow("edit", { steps, done: last.step, keeper: keep }, loop, (state) => {
        last = state;
        return () => ({ step: state.step, steps: steps.length, title, tensors: { latents: state.latents } });
      });
      return last.latents;
    },
  );
  const edited = yield* asPhase("decode", () => decodeFrames(model, latents, { signal }));
  await keeper.remove();
  return { frames: edited, ...clipFacts(clip) };
}

/**
 * SDEdit frame by frame (Meng et al. 2022): each frame is sent part of the way to noise, and denoised from there under the
 * target prompt. Nothing else ties the result to the source, and nothing ties frames to each other.
 *
 * @throws FateZeroError as `invert` and `edit` do
 */
export function editBySdEdit(
  model: Model,
  clip: GivenVideo,
  options: SdEditOptions,
): Job<BaselineEvent, Video> {
  return createJob((signal) => run(model, clip, { ...options, signal }), options.signal);
}
