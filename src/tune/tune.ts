import { type Component, readWeight, type WeightInfo } from "../checkpoint/index.ts";
import { createSchedule } from "../diffusion/index.ts";
import { checkIsModel, checkPrompt } from "../edit/index.ts";
import {
  asPhase,
  createJob,
  describeModel,
  encodePosterior,
  framesToImages,
  type Job,
  type MadeBy,
  type Model,
  promptIds,
  resumable,
} from "../pipeline/index.ts";
import type { JobState, Keeper } from "../resume/index.ts";
import type { FloatTensor } from "../tensor/index.ts";
import { checkedClip, type Frame, type GivenVideo, TRANSPARENT } from "../video/index.ts";
import type { TrainingData } from "./batches.ts";
import type { TuneEvent } from "./events.ts";
import { createNetwork } from "./network.ts";
import { holdOut } from "./noise.ts";
import type { TuneOptions, TuneSettings } from "./options.ts";
import { type PreparedTuning, prepareTuning } from "./prepare-tuning.ts";
import { drawSample } from "./sample.ts";
import { heldOutLoss, type TrainingSetup, trainStep } from "./train.ts";
import {
  fitsTraining,
  type HeldOutPoint,
  type LossPoint,
  newTraining,
  restoreTraining,
  stateOfTraining,
  type Training,
  trainingKey,
} from "./training-state.ts";

/** A model's UNet, inflated and tuned on one clip. `saveTuned` makes a model of it. */
export interface Tuning {
  /** What the clip shows. */
  readonly prompt: string;
  /** Updates that its weights have had: fewer than were asked for where training stopped early. */
  readonly steps: number;
  /** Frames of the clip. */
  readonly frames: number;
  readonly settings: TuneSettings;
  /** One for each update that was made. */
  readonly losses: readonly LossPoint[];
  /** Measurements on the noise levels held out, the one before the first update among them. */
  readonly heldOut: readonly HeldOutPoint[];
  /** Names of the weights that are not the model's own: trained ones, and those that inflating it added. */
  readonly changed: readonly string[];
  /** The network, with the trained weights in memory. @internal */
  readonly unet: Component;
  /** The model that was tuned. */
  readonly model: MadeBy;
}

/** Pixels of the clip as it is trained on, beside the model's own size, from which on results are poor. */
const FAR = 1.5;

/** Milliseconds of work that may be lost: a state holds three numbers for each trained weight. */
const MOST_LOST_MS = 60_000;

/** What is to be known before the work. */
function* warnings(model: Model, { frames, settings }: PreparedTuning): Generator<TuneEvent, void, void> {
  const [{ width, height }] = frames as readonly [Frame];
  const size = Math.min(width, height);
  if (size * FAR < model.size || size > model.size * FAR) {
    const message = `The clip is tuned on at ${width}x${height} pixels, and the model was trained at ${model.size}: so far from its own size results are poor.`;
    yield { type: "warning", code: "tune-size", message };
  }
  if (settings.steps > 300) {
    const message = `${settings.steps} steps are many: from a few hundred on, edits tend to get the source's colours back and to lose its motion. Watch the loss on the noise levels held out.`;
    yield { type: "warning", code: "tune-long", message };
  }
}

/** Encodes the clip, the class images and the prompts. */
async function* dataOf(
  model: Model,
  { settings, frames, images, identity }: PreparedTuning,
  signal: AbortSignal | undefined,
): AsyncGenerator<TuneEvent, TrainingData, void> {
  const posteriorOf = (pictures: readonly Frame[]) =>
    encodePosterior(model, framesToImages(pictures), { signal });
  const posterior = yield* asPhase("encode", () => posteriorOf(frames));
  const { ids, classImages } = identity;
  const schedule = createSchedule(model.checkpoint.scheduler, 1);
  return {
    schedule,
    seed: settings.seed,
    compat: settings.compat,
    heldOut: holdOut(schedule.alphasCumprod.length, settings.holdOut),
    clip: { posterior, text: await model.encodeText(ids, signal) },
    classImages:
      images && classImages
        ? { posterior: await posteriorOf(images), text: await model.encodeText(classImages.ids, signal) }
        : null,
  };
}

/** Whether the best measurement is so many measurements old that training ends. */
function isOver({ heldOut }: Training, { stopEarly }: TuneSettings): boolean {
  if (stopEarly === null) return false;
  const best = Math.min(...heldOut.map(({ loss }) => loss));
  return heldOut.length - 1 - heldOut.findIndex(({ loss }) => loss === best) >= stopEarly;
}

/** Measures where a measurement is due after the steps that are done and has not been made. */
async function* measure(
  setup: TrainingSetup,
  training: Training,
  signal: AbortSignal | undefined,
): AsyncGenerator<TuneEvent, void, void> {
  const { step, heldOut } = training;
  const { measureEvery, steps, stopEarly, holdOut: levels } = setup.settings;
  const isDue = levels > 0 && (step % measureEvery === 0 || step === steps);
  if (!isDue || heldOut.at(-1)?.step === step) return;
  const loss = await heldOutLoss(setup, training, signal);
  const isBest = heldOut.every((other) => loss < other.loss);
  heldOut.push({ step, loss });
  if (isBest && stopEarly !== null) {
    training.best = new Map(
      [...training.parameters].map(([name, { value }]) => [name, { ...value, data: value.data.slice() }]),
    );
  }
  yield { type: "heldOut", step, loss, isBest };
}

/** The loop: one update after another, and between them measurements and samples. */
async function* train(
  setup: TrainingSetup,
  training: Training,
  keeper: Keeper,
  {
    title,
    sample,
    signal,
  }: { readonly title: string; readonly sample: Sampling; readonly signal: AbortSignal | undefined },
): AsyncGenerator<TuneEvent, void, void> {
  const { settings } = setup;
  const { steps } = settings;
  const state = (): JobState => stateOfTraining(training, steps, title);
  yield { type: "phase", phase: "tune", steps: steps - training.step };
  yield* measure(setup, training, signal);
  const took: number[] = [];
  while (training.step < steps && !isOver(training, settings)) {
    const began = performance.now();
    const { timestep, ...point } = yield* trainStep(setup, training, () => keeper.step(state), signal);
    // Not known to be good before the next loss, but where the training is.
    keeper.later(state);
    const seconds = (performance.now() - began) / 1000;
    // The first step opens graphs.
    if (training.losses.length > 1) took.push(seconds);
    const usual = took.length === 0 ? seconds : took.reduce((a, b) => a + b, 0) / took.length;
    yield { type: "step", phase: "tune", step: point.step, steps, timestep, seconds };
    yield { type: "loss", ...point, steps, secondsLeft: usual * (steps - point.step) };
    yield* measure(setup, training, signal);
    yield* sample(training);
  }
  yield* keeper.step(state);
}

type Sampling = (training: Training) => AsyncGenerator<TuneEvent, void, void>;

/** Draws the samples that are asked for, where they are due. */
async function samplingOf(
  model: Model,
  { samples, signal }: TuneOptions,
  { network, data, settings }: TrainingSetup,
): Promise<Sampling> {
  if (!samples) return async function* () {};
  const { prompts, every = 50 } = samples;
  const encode = (prompt: string) =>
    model.encodeText(promptIds(model.tokenizer, prompt, settings.compat, "sample's prompt").ids, signal);
  const unconditional = await encode("");
  const texts = await Promise.all(prompts.map(encode));
  const { shape } = data.clip.posterior.mean;
  return async function* ({ step, parameters }) {
    if (step % every !== 0 && step !== settings.steps) return;
    for (const [i, prompt] of prompts.entries()) {
      const drawing = { model, network, parameters, shape, seed: settings.seed };
      const frames = await drawSample({ ...drawing, texts: { unconditional, prompt: texts[i]! } }, signal);
      yield { type: "sample", step, prompt, frames };
    }
  };
}

function inMemory({ shape, data }: FloatTensor): WeightInfo {
  return {
    dtype: "float32",
    shape,
    location: { data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) },
  };
}

async function* run(
  model: Model,
  given: GivenVideo,
  options: TuneOptions,
): AsyncGenerator<TuneEvent, Tuning, void> {
  checkIsModel(model, "tune");
  checkPrompt(options, "tune", "the video shows", "prompt");
  const { store, signal, prompt } = options;
  const { clip: video, isTransparent } = checkedClip(given);
  if (isTransparent) yield { type: "warning", ...TRANSPARENT };
  const prepared = prepareTuning(model, video, options);
  const { settings, frames } = prepared;
  const { unet, trained } = prepared.network;
  yield* warnings(model, prepared);
  const initial = await Promise.all(
    trained.map(async (name) => [name, await readWeight(unet.weights.get(name)!)] as const),
  );
  const fresh = newTraining(new Map(initial));
  const [{ width, height }] = frames as readonly [Frame];
  const title = `tuning on ${frames.length} frames ${width}x${height}, "${prompt}"`;
  const resuming = {
    store,
    key: () => trainingKey(prepared.identity),
    fits: (state: JobState) => fitsTraining(fresh, settings.steps, state),
    mostLostMs: MOST_LOST_MS,
  };
  const { result: training, keeper } = yield* resumable<Training, TuneEvent>(
    "tune",
    resuming,
    async function* (state, keep) {
      const begun = state ? restoreTraining(fresh, state) : fresh;
      const data = yield* dataOf(model, prepared, signal);
      const network = createNetwork(model, unet, trained, settings);
      const setup = { network, data, settings };
      const sample = await samplingOf(model, options, setup);
      yield* train(setup, begun, keep, { title, sample, signal });
      return begun;
    },
  );
  // What is done is not done again where its result cannot be written; whoever writes it forgets the state.
  yield* keeper.flush();
  await keeper.remove();
  return tuningOf(model, prepared, options, training);
}

/** The network as the training left it: at its best measurement where it could stop early. */
function tuningOf(
  model: Model,
  { settings, frames, network }: PreparedTuning,
  { prompt }: TuneOptions,
  training: Training,
): Tuning {
  const { best, heldOut, losses, parameters, step } = training;
  const { unet, trained, changed } = network;
  const weights = new Map(unet.weights);
  for (const name of trained) weights.set(name, inMemory(best?.get(name) ?? parameters.get(name)!.value));
  const least = Math.min(...heldOut.map(({ loss }) => loss));
  return {
    ...{ prompt, settings, losses, heldOut, changed },
    frames: frames.length,
    steps: best ? heldOut.find(({ loss }) => loss === least)!.step : step,
    unet: { ...unet, weights },
    model: describeModel(model),
  };
}

/**
 * Tunes a model on one clip, so that it knows the clip's shapes and motion (Wu et al. 2022, Tune-A-Video; paper §3.3): the UNet
 * is inflated with temporal layers, and those and the queries of its attention are trained to predict the noise of the clip
 * under `prompt`. Seeded: the same call gives the same weights.
 *
 * @throws FateZeroError `tune-diverged` where the loss is no finite number, naming the step; `tune-module`, `tune-adapted`,
 * `class-images`, `bad-option`, and those of `invert` on frames, prompts and sizes.
 * @example
 * const tuning = await tune(model, clip, { prompt: "a red car on a road under a blue sky", steps: 100 });
 * await saveTuned(model, tuning, "tuned/");
 * const tuned = await loadModel("tuned/");
 */
export function tune(model: Model, video: GivenVideo, options: TuneOptions): Job<TuneEvent, Tuning> {
  return createJob((signal) => run(model, video, { ...options, signal }), options?.signal);
}
