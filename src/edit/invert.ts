import { createSchedule, ddimInversionStep } from "../diffusion/index.ts";
import { FateZeroError } from "../errors.ts";
import { type FloatTensor, float32ToFloat16, floatTensor, sizeOf } from "../tensor/index.ts";
import { fitToModel, resizeFrame, type Video } from "../video/index.ts";
import { checkFinite, checkNumber } from "./check.ts";
import { encodeImages, framesToImages } from "./codec.ts";
import { createDenoiser } from "./denoiser.ts";
import type { ProgressEvent } from "./events.ts";
import { clipFacts, type Inversion } from "./inversion.ts";
import { createJob, type Job } from "./job.ts";
import type { Model } from "./model.node.ts";
import { promptIds } from "./prompt-ids.ts";
import { type MethodOptions, planSites, resolveMethod, type SitePlan } from "./settings.ts";

export interface InvertOptions extends MethodOptions {
  /** What the video shows. */
  readonly prompt: string;
  /** DDIM steps T (paper: 50). @default 50 */
  readonly steps?: number;
  /** Pixels of the shorter side. @default the model's own size */
  readonly size?: number;
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
  const { prompt, steps = 50, signal } = options;
  const settings = resolveMethod(model, options);
  const schedule = createSchedule(model.checkpoint.scheduler, steps);
  const { ids, count: tokens } = promptIds(model.tokenizer, prompt, settings.compat, "source prompt");
  const frames = fitFrames(model, video, options.size);

  yield { type: "phase", phase: "encode", steps: 1 };
  const started = performance.now();
  const text = await model.encodeText(ids, signal);
  let z = await encodeImages(model, framesToImages(frames), { signal });
  checkFinite(z, "encoding", 1, null);
  const seconds = (performance.now() - started) / 1000;
  yield { type: "step", phase: "encode", step: 1, steps: 1, timestep: null, seconds };

  const [count, , h, w] = z.shape as [number, number, number, number];
  const sites = planSites(model, settings.compat, h, w);
  const denoiser = createDenoiser(model, settings, sites);
  const size = sizeOf(z.shape);
  const latents = floatTensor([steps + 1, ...z.shape]);
  latents.data.set(z.data);
  const wordMaps = emptyMaps(sites, steps, count, tokens);

  yield { type: "phase", phase: "invert", steps };
  for (let j = 0; j < steps; j++) {
    const start = performance.now();
    const timestep = schedule.timesteps[steps - 1 - j]!;
    const { predictions, wordMaps: maps } = await denoiser.plain([{ latents: z, text }], timestep, signal);
    z = floatTensor(z.shape, ddimInversionStep(schedule, z.data, predictions[0]!.data, timestep));
    checkFinite(z, "the inversion", j + 1, timestep);
    latents.data.set(z.data, (j + 1) * size);
    if (maps) wordMaps.data.set(ownColumns(maps, tokens), (j * wordMaps.data.length) / steps);
    yield {
      type: "step",
      phase: "invert",
      step: j + 1,
      steps,
      timestep,
      seconds: (performance.now() - start) / 1000,
    };
  }
  const { name, fingerprint } = model;
  return {
    prompt,
    ids,
    steps,
    ...clipFacts(video),
    settings,
    model: { name, fingerprint },
    latents,
    wordMaps,
  };
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
