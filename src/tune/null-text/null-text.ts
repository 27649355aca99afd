import { createSchedule } from "../../diffusion/index.ts";
import {
  checkIsInversion,
  checkIsModel,
  checkModel,
  denoiserOf,
  framesOf,
  type Inversion,
  latentsAt,
  nullTextAt,
  presetOf,
} from "../../edit/index.ts";
import { FateZeroError } from "../../errors.ts";
import {
  asPhase,
  checkFinite,
  checkNumber,
  createJob,
  follow,
  type Job,
  type LoopState,
  type Model,
  numbersOf,
  type ProgressEvent,
  promptIds,
  resumable,
} from "../../pipeline/index.ts";
import { type JobState, type Keeper, keyOf, type StateStore } from "../../resume/index.ts";
import { say, set } from "../../say.ts";
import { concat0, type FloatTensor, floatTensor, slice0 } from "../../tensor/index.ts";
import { optimizeStep, type StepOptions } from "./optimize-step.ts";

export interface NullTextOptions {
  /**
   * Guidance scale s at which edits shall keep to the source.
   * @default the model's for changing an attribute, 7.5 for Stable Diffusion
   */
  readonly guidance?: number;
  /** Steps of Adam at each denoising step, at most. @default 10 */
  readonly iterations?: number;
  /** A denoising step is good enough when its mean squared error is below this, and 2e-5 more for each step after the noisiest. @default 1e-5 */
  readonly earlyStop?: number;
  /** Optimise a text for each frame instead of one for all: closer to the source, more to keep. @default false */
  readonly perFrame?: boolean;
  /** Compute each block's activations again in the backward pass instead of keeping them: more time, less memory. @default false */
  readonly checkpointing?: boolean;
  /** Keeps the state of the work: the same job goes on where an earlier one stopped, with the same numbers. @default none */
  readonly store?: StateStore;
  /** Ends the job at once when aborted. */
  readonly signal?: AbortSignal;
}

/** To be raised whenever the same input gives other numbers than before. */
const VERSION = 2;

/** What the numbers depend on, beside model and inversion. */
interface Terms extends StepOptions {
  readonly perFrame: boolean;
}

/** The guidance scale that an inversion is optimised for where none is asked for: the one for changing an attribute. */
export function nullTextGuidance(model: Model): number {
  return presetOf(model, "attribute").guidance;
}

function checkedTerms(model: Model, options: NullTextOptions): Terms {
  const { guidance = nullTextGuidance(model), iterations = 10, earlyStop = 1e-5 } = options;
  const { perFrame = false, checkpointing = false } = options;
  if (!(guidance > 1 && guidance <= 1e4)) {
    throw new FateZeroError(
      "bad-option",
      `The guidance scale of null-text inversion is ${guidance}.`,
      "It must be a number above 1, up to 10000: at 1 there is no unconditional branch.",
    );
  }
  checkNumber("The number of iterations", Number.isInteger(iterations) ? iterations : Number.NaN, 1, 1e6);
  checkNumber("The loss of the early stop", earlyStop, 0, Number.MAX_VALUE);
  return { guidance, iterations, earlyStop, perFrame, checkpointing };
}

/** A text is optimised for what all frames miss together, which windows do not tell. */
function checkWhole({ settings: { window } }: Inversion): void {
  if (!window) return;
  throw new FateZeroError(
    "bad-option",
    say`The inversion is in windows of ${window.frames} frames, and null-text inversion takes all frames at once.`,
    say`Invert the video again, and ${set("window", "off")}.`,
  );
}

/** Embeddings that are to be filled. */
function emptyEmbeddings(model: Model, inversion: Inversion, { perFrame }: Terms): FloatTensor {
  const texts = perFrame ? framesOf(inversion) : 1;
  return floatTensor([inversion.steps, texts, model.tokenizer.maxLength, model.unet.textWidth]);
}

function keyFor(model: Model, { latents, ids, settings }: Inversion, terms: Terms): Promise<string> {
  const { checkpointing: _, ...numbers } = terms;
  return keyOf("nulltext", [VERSION, ...numbersOf(model), ids, settings, numbers, latents.data]);
}

/** Whether a state is one of this job. */
function fits({ latents, steps }: Inversion, embeddings: FloatTensor, state: JobState): boolean {
  const { step, tensors } = state;
  return (
    state.steps === steps &&
    step >= 1 &&
    step <= steps &&
    tensors.latents?.shape.join() === latents.shape.slice(1).join() &&
    tensors.embeddings?.shape.join() === [step, ...embeddings.shape.slice(1)].join()
  );
}

/** A text [L, D] for each of so many frames, as `nullTextAt` shapes it. */
function repeated(text: FloatTensor, texts: number): FloatTensor {
  if (texts === 1) return text;
  const rows = floatTensor([1, ...text.shape], text.data);
  return concat0(Array<FloatTensor>(texts).fill(rows));
}

/** After one of the denoising steps. */
interface NullTextState extends LoopState {
  readonly text: FloatTensor;
}

async function* run(
  model: Model,
  inversion: Inversion,
  options: NullTextOptions,
): AsyncGenerator<ProgressEvent, Inversion, void> {
  checkIsModel(model, "nullText");
  checkIsInversion(inversion, "nullText");
  checkModel(model, inversion);
  checkWhole(inversion);
  const terms = checkedTerms(model, options);
  const embeddings = emptyEmbeddings(model, inversion, terms);
  const resuming = {
    store: options.store,
    key: () => keyFor(model, inversion, terms),
    fits: (state: JobState) => fits(inversion, embeddings, state),
  };
  const { keeper } = yield* resumable("nullText", resuming, (state, keep) =>
    fill(embeddings, model, inversion, terms, state, keep, options.signal),
  );
  // As of an inversion, the finished one stays.
  yield* keeper.flush();
  return { ...inversion, nullText: { guidance: terms.guidance, embeddings } };
}

/** Fills in the embeddings, from the noisiest step on or from a state of the work. */
async function* fill(
  embeddings: FloatTensor,
  model: Model,
  inversion: Inversion,
  terms: Terms,
  kept: JobState | null,
  keeper: Keeper,
  signal: AbortSignal | undefined,
): AsyncGenerator<ProgressEvent, void, void> {
  const { steps, settings } = inversion;
  const size = embeddings.data.length / steps;
  // The noisiest come first, and stand last.
  const take = (step: number, data: Float32Array): void => embeddings.data.set(data, (steps - step) * size);
  const done = kept?.step ?? 0;
  if (kept) take(done, kept.tensors.embeddings!.data);
  if (done === steps) return;

  const texts = embeddings.shape[1]!;
  const { ids: empty } = promptIds(model.tokenizer, "", settings.compat, "empty prompt");
  const encode = async (ids: readonly number[]) => repeated(await model.encodeText(ids, signal), texts);
  const source = yield* asPhase("prepare", () => encode(inversion.ids));
  const first: NullTextState = {
    step: done,
    latents: kept?.tensors.latents ?? latentsAt(inversion, steps),
    text: kept ? nullTextAt({ embeddings }, steps - done) : await encode(empty),
  };
  const schedule = createSchedule(model.checkpoint.scheduler, steps, settings.compat);
  const loop = optimizeTexts(model, inversion, source, first, terms, signal);
  const title = `null-text inversion of ${framesOf(inversion)} frames, "${inversion.prompt}"`;
  yield* follow("nullText", { steps: schedule.steps, done, keeper }, loop, ({ step, latents, text }) => {
    checkFinite(text, "the null-text inversion", step, schedule.steps[step - 1]!.timestep);
    take(step, text.data);
    const rows = () => slice0(embeddings, steps - step, steps);
    return () => ({ step, steps, title, tensors: { latents, embeddings: rows() } });
  });
}

/** Null-text inversion, Alg. 1 of its paper, from after some of the denoising steps: one state a step. */
async function* optimizeTexts(
  model: Model,
  inversion: Inversion,
  source: FloatTensor,
  from: NullTextState,
  terms: Terms,
  signal?: AbortSignal,
): AsyncGenerator<NullTextState, void, void> {
  const { settings } = inversion;
  const { denoiser } = denoiserOf(model, inversion);
  const schedule = createSchedule(model.checkpoint.scheduler, inversion.steps, settings.compat);
  let { latents, text } = from;
  for (const step of schedule.steps.slice(from.step)) {
    const target = latentsAt(inversion, step.inverted);
    ({ latents, text } = await optimizeStep(
      denoiser,
      step,
      { latents, text, source, target },
      terms,
      signal,
    ));
    yield { step: step.index + 1, latents, text };
  }
}

/**
 * Null-text inversion (Mokady et al. 2022): optimises the text of the unconditional branch at every denoising step, so
 * that the source comes back under guidance too. Returns the inversion with those embeddings [T, 1 or F, L, D], which
 * every edit of it takes in place of a negative prompt. Each denoising step takes up to `iterations` gradients of the
 * UNet, about three runs each.
 *
 * @throws FateZeroError on an inversion of another model (`other-model`), a number out of range or windows (`bad-option`), values that
 * are not finite (`not-finite`).
 * @example
 * const inverted = await invert(model, clip, { prompt: "a red car on a road under a blue sky" });
 * const inversion = await nullText(model, inverted, { guidance: 7.5 });
 */
export function nullText(
  model: Model,
  inversion: Inversion,
  options: NullTextOptions = {},
): Job<ProgressEvent, Inversion> {
  return createJob((signal) => run(model, inversion, { ...options, signal }), options?.signal);
}
