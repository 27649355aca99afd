import { FateZeroError } from "../../errors.ts";
import { clipFlow } from "../../metrics/index.ts";
import {
  asPhase,
  createJob,
  type Job,
  type Model,
  type ProgressEvent,
  resumable,
} from "../../pipeline/index.ts";
import { type JobState, type Keeper, type KeyPart, keyOf } from "../../resume/index.ts";
import type { Engine } from "../../runtime/index.ts";
import {
  fitsTraining,
  type LossPoint,
  newTraining,
  restoreTraining,
  startTraining,
  stateOfTraining,
  type Training,
  type TuneEvent,
  valuesOf,
} from "../../tune/index.ts";
import { checkedClip, type Frame, type GivenVideo, TRANSPARENT } from "../../video/index.ts";
import { createFitter, type Fitter } from "./fit-step.ts";
import type { AtlasTerm } from "./losses.ts";
import { masksOf } from "./masks.ts";
import { initialWeights, type Networks, networksOf } from "./networks.ts";
import { type AtlasOptions, type AtlasSettings, resolveAtlas } from "./options.ts";
import { type AtlasPictures, drawLayers } from "./pictures.ts";
import { openRenderer, type Renderer, type SeenFrame } from "./render.ts";

/** What `fitAtlas` yields while it runs: with every step its loss, and the terms of that without their weights. */
export type AtlasEvent =
  | ProgressEvent
  | (Extract<TuneEvent, { readonly type: "loss" }> & { readonly terms: Readonly<Record<AtlasTerm, number>> });

/** A clip as two layers: where each pixel lies in them, how much of it is foreground, and what the layers look like. */
export interface Atlas {
  readonly settings: AtlasSettings;
  /** The clip that it was fitted to. */
  readonly frames: readonly Frame[];
  /** The clip as the networks give it back. */
  readonly reconstruction: readonly Frame[];
  /** The layers, to look at. */
  readonly pictures: AtlasPictures;
  /** One for each update. */
  readonly losses: readonly LossPoint[];
  /** Texels of a side of a layer. @internal */
  readonly side: number;
  /** @internal */
  readonly seen: readonly SeenFrame[];
}

/** Raised whenever the same fit gives other numbers than before. */
const KEY_VERSION = 1;

/** Milliseconds of work that may be lost. */
const MOST_LOST_MS = 30_000;

/** Texels per pixel of a layer's side, so that what is painted keeps its detail. */
const DETAIL = 2;

/** What a fit is made of, before anything is computed. */
interface PreparedFit {
  readonly frames: readonly Frame[];
  readonly masks: readonly Float32Array[] | null;
  readonly settings: AtlasSettings;
  readonly networks: Networks;
}

function keyFor({ frames, masks, settings }: PreparedFit, { flow }: AtlasOptions): Promise<string> {
  const parts: KeyPart[] = [KEY_VERSION, settings];
  for (const { width, height, data } of frames) parts.push(`${width}x${height}`, data);
  parts.push(...(masks ?? []));
  for (const { forward, backward } of flow ?? []) parts.push(forward.u, forward.v, backward.u, backward.v);
  return keyOf("atlas", parts);
}

/** Brings the mappings of a fit that begins to the identity, and alpha near the mask. */
async function pretrain(fitter: Fitter, { parameters }: Training, steps: number): Promise<void> {
  // With averages of their own, as the authors' code does it.
  const begun = new Map([...parameters].map(([name, { value }]) => [name, startTraining(value)]));
  for (let step = 1; step <= steps; step++) await fitter.pretrain(step, begun);
  for (const [name, { value }] of begun) parameters.get(name)!.value.data.set(value.data);
}

/** The updates that are not done yet. */
async function* train(
  fitter: Fitter,
  { settings: { iterations, pretraining }, frames }: PreparedFit,
  training: Training,
  keeper: Keeper,
): AsyncGenerator<AtlasEvent, void, void> {
  if (training.step === 0) yield* asPhase("prepare", () => pretrain(fitter, training, pretraining));
  const title = `atlas of ${frames.length} frames ${frames[0]!.width}x${frames[0]!.height}`;
  const state = (): JobState => stateOfTraining(training, iterations, title);
  yield { type: "phase", phase: "atlas", steps: iterations - training.step };
  const start = performance.now();
  const first = training.step;
  while (training.step < iterations) {
    const began = performance.now();
    const step = training.step + 1;
    const { loss, gradientNorm, terms } = await fitter.step(step, training.parameters);
    training.step = step;
    training.losses.push({ step, loss, gradientNorm: Math.fround(gradientNorm) });
    yield* keeper.step(state);
    const now = performance.now();
    const common = { step, steps: iterations };
    yield { type: "step", phase: "atlas", ...common, timestep: null, seconds: (now - began) / 1000 };
    const secondsLeft = ((now - start) / 1000 / (step - first)) * (iterations - step);
    yield { type: "loss", ...common, loss, gradientNorm, secondsLeft, terms };
  }
}

/** The fit as its updates leave it, begun anew or from a state of the work. */
async function* fitted(
  engine: Engine,
  prepared: PreparedFit,
  { flow: known, signal }: AtlasOptions,
  training: Training,
  keeper: Keeper,
): AsyncGenerator<AtlasEvent, Training, void> {
  const { settings, networks, frames, masks } = prepared;
  if (training.step === settings.iterations) return training;
  const flow = known ?? (yield* asPhase("prepare", () => clipFlow(frames, { signal })));
  const fitter = createFitter(engine, { frames, masks, flow }, networks, settings, signal);
  try {
    yield* train(fitter, prepared, training, keeper);
  } finally {
    await fitter.close();
  }
  return training;
}

/** What the fitted networks say of the whole clip. */
async function look(
  renderer: Renderer,
  { frames, settings }: PreparedFit,
  { losses }: Training,
): Promise<Atlas> {
  const [{ width, height }] = frames as readonly [Frame];
  const pixels = Math.ceil(Math.max(width, height) / settings.scale);
  const seen: SeenFrame[] = [];
  for (const t of frames.keys()) seen.push(await renderer.frame(t));
  const reconstruction = seen.map(({ colors }) => ({
    width,
    height,
    data: Uint8Array.from(colors, (value) => Math.round(255 * value)),
  }));
  const pictures = await drawLayers(renderer, seen, pixels);
  return { settings, frames, reconstruction, pictures, losses, seen, side: DETAIL * pixels };
}

async function lookAtAll(
  engine: Engine,
  prepared: PreparedFit,
  training: Training,
  signal: AbortSignal | undefined,
): Promise<Atlas> {
  const { frames, networks } = prepared;
  const renderer = await openRenderer(engine, { frames }, networks, valuesOf(training.parameters), signal);
  try {
    return await look(renderer, prepared, training);
  } finally {
    await renderer.close();
  }
}

async function* run(
  engine: Engine,
  given: GivenVideo,
  options: AtlasOptions,
): AsyncGenerator<AtlasEvent, Atlas, void> {
  const { store, signal } = options;
  const { clip, isTransparent } = checkedClip(given);
  if (isTransparent) yield { type: "warning", ...TRANSPARENT };
  const { frames } = clip;
  const [{ width, height }] = frames as readonly [Frame];
  if (width < 2 || height < 2)
    throw new FateZeroError(
      "bad-size",
      `Frames of ${width}x${height} pixels have no atlas.`,
      "Give frames of at least two pixels a side.",
    );
  const settings = resolveAtlas(options, { frames: frames.length, side: Math.max(width, height) });
  const masks = masksOf(options.mask, { frames: frames.length, width, height });
  const networks = networksOf(settings);
  const prepared = { frames, masks, settings, networks };
  const fresh = newTraining(initialWeights(networks, settings.seed));
  const resuming = {
    store,
    key: () => keyFor(prepared, options),
    fits: (state: JobState) => fitsTraining(fresh, settings.iterations, state),
    mostLostMs: MOST_LOST_MS,
  };
  const { result: training, keeper } = yield* resumable<Training, AtlasEvent>(
    "atlas",
    resuming,
    (state, keep) => fitted(engine, prepared, options, state ? restoreTraining(fresh, state) : fresh, keep),
  );
  // A finished fit stays in the store: the next edit of the clip takes it as it is.
  yield* keeper.flush();
  return yield* asPhase("decode", () => lookAtAll(engine, prepared, training, signal));
}

/**
 * Fits a layered neural atlas to a clip (Kasten, Ofri, Wang, Dekel 2021, "Layered Neural Atlases for Consistent Video
 * Editing"): two layers in which the object and what is behind it lie still, and for each pixel of the clip where it
 * lies in them and how much of it is object. `propagate` carries an edit of one frame through it. Seeded: the same
 * call gives the same atlas.
 *
 * @param model of any kind: what computes is its engine, its networks are not used
 * @param video frames of one size, of two pixels a side at least
 * @throws FateZeroError `bad-option`, `bad-size`, `no-frames`, `bad-frame`, `frame-size-differs`, `not-finite`
 * @example
 * const atlas = await fitAtlas(model, clip, { mask });
 * const frames = propagate(atlas, 4, editedFrame);
 */
export function fitAtlas(
  { engine }: Pick<Model, "engine">,
  video: GivenVideo,
  options: AtlasOptions = {},
): Job<AtlasEvent, Atlas> {
  return createJob((signal) => run(engine, video, { ...options, signal }), options?.signal);
}
