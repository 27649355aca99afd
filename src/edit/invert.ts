import { createSchedule, ddimInversionStep } from "../diffusion/index.ts";
import { FateZeroError } from "../errors.ts";
import { type CheckpointStore, createKeeper, type Keeper } from "../resume/index.ts";
import { type FloatTensor, float32ToFloat16, floatTensor } from "../tensor/index.ts";
import { fitToModel, resizeFrame, type Video } from "../video/index.ts";
import { checkFinite, checkNumber } from "./check.ts";
import { encodeImages, framesToImages } from "./codec.ts";
import { createDenoiser } from "./denoiser.ts";
import type { ProgressEvent } from "./events.ts";
import { clipFacts, type Inversion, latentsAt } from "./inversion.ts";
import {
  fitsInversion,
  type InversionJob,
  inversionKey,
  inversionState,
  restoreInversion,
} from "./inversion-state.ts";
import { createJob, type Job } from "./job.ts";
import { keepOnFailure } from "./keep.ts";
import type { Model } from "./model.node.ts";
import { describeModel } from "./model-parts.ts";
import { dropOlder } from "./older-state.ts";
import { promptIds } from "./prompt-ids.ts";
import { type MethodOptions, planSites, resolveMethod, type SitePlan } from "./settings.ts";

export interface InvertOptions extends MethodOptions {
  /** What the video shows. */
  readonly prompt: string;
  /** DDIM steps T (paper: 50). @default 50 */
  readonly steps?: number;
  /** Pixels of the shorter side. @default the model's own size */
  readonly size?: number;
  /**
   * Keeps the state of the work: the same job goes on where an earlier one stopped, with the same numbers, and what is
   * finished is not done again. @default none
   */
  readonly checkpoint?: CheckpointStore;
  /** Ends the job at once when aborted. */
  readonly signal?: AbortSignal;
}

/** The clip's frames at a size that the model takes; frames that are already there stay untouched. */
function fitFrames(model: Model, video: Video, size: number | undefined): Video["frames"] {
  const [first] = video.frames;
  if (!first)
    throw new FateZeroError("no-frames", "The video has no frames.", "Choose a range that holds some.");
  const { width, height } = fitToModel(
    first.width,
    first.height,
    checkNumber("The size", size ?? model.size, model.sizeMultiple, 16384),
    model.sizeMultiple,
  );
  return video.frames.map((frame) => resizeFrame(frame, width, height));
}

/** Word maps of one step [F, N, L] → the columns of the prompt's own tokens as float16. */
function ownColumns(maps: FloatTensor, tokens: number): Uint16Array {
  const length = maps.shape[2]!;
  const rows = maps.data.length / length;
  const kept = new Float32Array(rows * tokens);
  for (let i = 0; i < rows; i++) kept.set(maps.data.subarray(i * length, i * length + tokens), i * tokens);
  return float32ToFloat16(kept);
}

function emptyMaps(sites: SitePlan, steps: number, frames: number, tokens: number): Inversion["wordMaps"] {
  if (sites.maps.length === 0) return { data: new Uint16Array(0), height: 0, width: 0, tokens: 0 };
  const { mapHeight: height, mapWidth: width } = sites;
  return { data: new Uint16Array(steps * frames * height * width * tokens), height, width, tokens };
}

async function* run(
  model: Model,
  video: Video,
  options: InvertOptions,
): AsyncGenerator<ProgressEvent, Inversion, void> {
  const { prompt, steps = 50, signal, checkpoint } = options;
  const settings = resolveMethod(model, options);
  createSchedule(model.checkpoint.scheduler, steps);
  const { ids, count: tokens } = promptIds(model.tokenizer, prompt, settings.compat, "source prompt");
  const frames = fitFrames(model, video, options.size);
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

  const job = { model, frames, ids, steps, settings, sites };
  const keeper = createKeeper(checkpoint, checkpoint ? await inversionKey(job) : "");
  const state = yield* keeper.load((found) => fitsInversion(inversion, found));
  if (state) {
    restoreInversion(inversion, state);
    yield { type: "resumed", phase: "invert", step: state.step, steps };
    if (state.step === steps) return inversion;
  } else if (checkpoint) yield* dropOlder(checkpoint, job);
  yield* keepOnFailure("invert", keeper, fill(inversion, job, state?.step ?? null, keeper, signal));
  // The finished one stays: the next edit of the clip needs it.
  yield* keeper.flush();
  return inversion;
}

/** Fills in the steps of an inversion, from the clip's frames or after the step `done`. */
async function* fill(
  inversion: Inversion,
  { model, frames, ids, steps, settings, sites }: InversionJob,
  done: number | null,
  keeper: Keeper,
  signal: AbortSignal | undefined,
): AsyncGenerator<ProgressEvent, void, void> {
  const { latents, wordMaps } = inversion;
  const shape = latents.shape.slice(1);
  const [width, height] = [shape[3]! * model.vae.downscale, shape[2]! * model.vae.downscale];
  const title = `inversion of ${frames.length} frames ${width}x${height}, "${inversion.prompt}"`;
  const schedule = createSchedule(model.checkpoint.scheduler, steps, settings.compat);
  const denoiser = createDenoiser(model, settings, sites);

  if (done === null) yield { type: "phase", phase: "encode", steps: 1 };
  const started = performance.now();
  const text = await model.encodeText(ids, signal);
  let z = latentsAt(inversion, done ?? 0);
  if (done === null) {
    z = await encodeImages(model, framesToImages(frames), { signal });
    checkFinite(z, "encoding", 1, null);
    latents.data.set(z.data);
    const seconds = (performance.now() - started) / 1000;
    yield { type: "step", phase: "encode", step: 1, steps: 1, timestep: null, seconds };
    yield* keeper.step(() => inversionState(inversion, 0, title));
  }

  const first = done ?? 0;
  yield { type: "phase", phase: "invert", steps: steps - first };
  for (let j = first; j < steps; j++) {
    const start = performance.now();
    const timestep = schedule.timesteps[steps - 1 - j]!;
    const { predictions, wordMaps: maps } = await denoiser.plain([{ latents: z, text }], timestep, signal);
    z = floatTensor(z.shape, ddimInversionStep(schedule, z.data, predictions[0]!.data, timestep));
    checkFinite(z, "the inversion", j + 1, timestep);
    latents.data.set(z.data, (j + 1) * z.data.length);
    if (maps) wordMaps.data.set(ownColumns(maps, wordMaps.tokens), (j * wordMaps.data.length) / steps);
    yield* keeper.step(() => inversionState(inversion, j + 1, title));
    const seconds = (performance.now() - start) / 1000;
    yield { type: "step", phase: "invert", step: j + 1, steps, timestep, seconds };
  }
}

/**
 * DDIM inversion of a clip under the prompt that describes it (paper §3.1): records the latents and the word maps of
 * every step, and nothing else. Any number of edits can be made from the result.
 *
 * @throws FateZeroError on a prompt over the model's length, a size the model cannot take, values that are not finite.
 * @example
 * const inversion = await invert(model, clip, { prompt: "a red car on a road under a blue sky" });
 */
export function invert(model: Model, video: Video, options: InvertOptions): Job<ProgressEvent, Inversion> {
  return createJob(() => run(model, video, options));
}
