import { meanSquare } from "../diffusion/index.ts";
import { FateZeroError } from "../errors.ts";
import { lower, say, the } from "../say.ts";
import { type FloatTensor, floatTensor } from "../tensor/index.ts";
import { type Gradients, normOf, type TrainedParameters, updateParameters } from "./adamw.ts";
import { clipBatch, heldOutBatch, imageBatch, type TrainingData } from "./batches.ts";
import type { Batch, Network } from "./network.ts";
import type { TuneSettings } from "./options.ts";
import type { LossPoint, Training } from "./training-state.ts";

/** What a training step works with. */
export interface TrainingSetup {
  readonly network: Network;
  readonly data: TrainingData;
  readonly settings: TuneSettings;
}

function diverged(step: number, timestep: number | null, what: string): FateZeroError {
  const at = timestep === null ? "" : ` (timestep ${timestep})`;
  return new FateZeroError(
    "tune-diverged",
    `Training diverged at step ${step}${at}: ${what}.`,
    step > 1
      ? say`${lower("learningRate")}. The state that was kept before is good: with its number of ${the("steps")} the same training makes a model of it at once.`
      : say`${lower("learningRate")}; if that does not help, the checkpoint may be damaged.`,
  );
}

/** Loss and gradients of a batch. Throws FateZeroError `tune-diverged` where they are no finite numbers. */
async function computed(
  { network }: TrainingSetup,
  batch: Batch,
  parameters: TrainedParameters,
  step: number,
  signal?: AbortSignal,
): Promise<{ readonly loss: number; readonly gradients: Gradients; readonly norm: number }> {
  const { loss, gradients } = await network.loss(batch, parameters, signal);
  const timestep = batch.timesteps.length === 1 ? batch.timesteps[0]! : null;
  if (!Number.isFinite(loss)) throw diverged(step, timestep, `its loss is ${loss}`);
  const norm = normOf(gradients);
  if (!Number.isFinite(norm)) throw diverged(step, timestep, "its gradients are no finite numbers");
  return { loss, gradients, norm };
}

/** The sums of gradients of the same weights. */
function sumOf(a: Gradients, b: Gradients): Gradients {
  const sum = new Map(a);
  for (const [name, gradient] of b) {
    const other = a.get(name)?.data;
    const both =
      other &&
      floatTensor(
        gradient.shape,
        gradient.data.map((g, i) => g + other[i]!),
      );
    sum.set(name, both ?? gradient);
  }
  return sum;
}

/** With reentrant checkpointing nothing before the first block needs a gradient in that step, and the down blocks get none. */
const isForgotten = (name: string): boolean => name.startsWith("down_blocks.");

/**
 * The released code's step on class images: an update of its own, in which weights that images do not pass through go on
 * with their averages once they had a gradient (docs/compat.md).
 */
function releasedImageUpdate({ settings }: TrainingSetup, training: Training, gradients: Gradients): void {
  const kept = settings.recompute
    ? new Map([...gradients].filter(([name]) => !isForgotten(name)))
    : gradients;
  updateParameters(training.parameters, kept, normOf(kept), settings.adamw, "decay");
  training.imageUpdates++;
}

/**
 * One step of one-shot tuning (Wu et al. 2022, Tune-A-Video): the loss on the clip at one noise level, its gradients clipped,
 * an update by AdamW. Class images add their gradients to the same update; in compat mode they have one of their own before.
 * `whileGood` runs when the weights are known to give finite numbers, before they are changed.
 */
export async function* trainStep<Event>(
  setup: TrainingSetup,
  training: Training,
  whileGood: () => AsyncGenerator<Event, void, void>,
  signal?: AbortSignal,
): AsyncGenerator<Event, LossPoint & { readonly timestep: number }, void> {
  const { data, settings } = setup;
  const { classImages, compat } = data;
  const step = training.step + 1;
  const compute = (batch: Batch) => computed(setup, batch, training.parameters, step, signal);
  const images = classImages && imageBatch(data, classImages, step);
  if (images && compat && training.imageUpdates < step) {
    const { gradients } = await compute(images);
    yield* whileGood();
    releasedImageUpdate(setup, training, gradients);
  }
  const batch = clipBatch(data, step);
  const { loss, ...clip } = await compute(batch);
  const beside = images && !compat ? await compute(images) : null;
  const gradients = beside ? sumOf(clip.gradients, beside.gradients) : clip.gradients;
  const norm = beside ? normOf(gradients) : clip.norm;
  yield* whileGood();
  updateParameters(training.parameters, gradients, norm, settings.adamw);
  training.step = step;
  // As a state holds it.
  const point = { step, loss: Math.fround(loss), gradientNorm: Math.fround(norm) };
  training.losses.push(point);
  return { ...point, timestep: batch.timesteps[0]! };
}

/** The mean loss on the noise levels held out. */
export async function heldOutLoss(
  { network, data }: TrainingSetup,
  training: Training,
  signal?: AbortSignal,
): Promise<number> {
  let sum = 0;
  for (const timestep of data.heldOut.timesteps) {
    const { latents, target, text } = heldOutBatch(data, timestep);
    const clip: FloatTensor = { ...latents, shape: latents.shape.slice(1) };
    const prediction = await network.predict(clip, timestep, [text], training.parameters, signal);
    sum += meanSquare(prediction, target);
  }
  const loss = Math.fround(sum / data.heldOut.timesteps.length);
  if (!Number.isFinite(loss))
    throw diverged(training.step + 1, null, `the loss on the noise levels held out is ${loss}`);
  return loss;
}
