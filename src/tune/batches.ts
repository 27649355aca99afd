import { addNoise, type Schedule } from "../diffusion/index.ts";
import type { Posterior } from "../pipeline/index.ts";
import { type FloatTensor, floatTensor, randomSource, slice0 } from "../tensor/index.ts";
import type { Batch } from "./network.ts";
import type { HeldOut } from "./noise.ts";

/** What training draws its batches from. */
export interface TrainingData {
  readonly schedule: Pick<Schedule, "alphasCumprod" | "prediction">;
  readonly seed: number;
  readonly heldOut: HeldOut;
  readonly compat: "fatezero" | null;
  /** Latents of the clip's frames [F, C, h, w], and its prompt's states [L, D]. */
  readonly clip: { readonly posterior: Posterior; readonly text: FloatTensor };
  /** The same of the class images. */
  readonly classImages: TrainingData["clip"] | null;
}

/** The posterior's mean; in compat mode another sample of it for every step, as the released code draws. */
function cleanLatents(
  { seed, compat }: TrainingData,
  { mean, deviation }: Posterior,
  path: readonly (string | number)[],
): FloatTensor {
  if (!compat) return mean;
  const noise = randomSource(seed, "posterior", ...path).normal(mean.shape);
  return floatTensor(
    mean.shape,
    mean.data.map((value, i) => value + deviation.data[i]! * noise.data[i]!),
  );
}

/** The clip of one step: one noise level for all of its frames, and noise of its own for each (ddpm_trainer.py). */
export function clipBatch(data: TrainingData, step: number): Batch {
  const { schedule, seed, heldOut, clip } = data;
  const clean = cleanLatents(data, clip.posterior, ["clip", step]);
  const timestep = heldOut.draw(randomSource(seed, "timestep", step));
  return asClip(schedule, clean, randomSource(seed, "noise", step).normal(clean.shape), timestep, clip.text);
}

/** The clip at one noise level held out, with the same noise at every measurement. */
export function heldOutBatch({ schedule, seed, clip }: TrainingData, timestep: number): Batch {
  const { mean } = clip.posterior;
  const noise = randomSource(seed, "held out", timestep).normal(mean.shape);
  return asClip(schedule, mean, noise, timestep, clip.text);
}

function asClip(
  schedule: TrainingData["schedule"],
  clean: FloatTensor,
  noise: FloatTensor,
  timestep: number,
  text: FloatTensor,
): Batch {
  const whole = (x: FloatTensor): FloatTensor => floatTensor([1, ...x.shape], x.data);
  const { latents, target } = addNoise(schedule, whole(clean), whole(noise), [timestep]);
  return { latents, target, timesteps: [timestep], text, isClip: true };
}

/**
 * Class images of one step, each at a noise level of its own: as many as the clip has frames, drawn anew for every step; in
 * compat mode always the same.
 */
export function imageBatch(data: TrainingData, images: TrainingData["clip"], step: number): Batch {
  const { schedule, seed, compat, heldOut, clip } = data;
  const all = cleanLatents(data, images.posterior, ["images", step]);
  const [available, ...rest] = all.shape as [number, ...number[]];
  const count = compat ? available : Math.min(available, clip.posterior.mean.shape[0]!);
  const source = randomSource(seed, "images", step);
  const order = Array.from({ length: available }, (_, i) => i);
  const chosen = compat
    ? order
    : order
        .map((i) => [source.uniform(), i] as const)
        .sort(([a], [b]) => a - b)
        .map(([, i]) => i);
  const clean = floatTensor([count, 1, ...rest]);
  for (let i = 0; i < count; i++) {
    const { data: one } = slice0(all, chosen[i]!, chosen[i]! + 1);
    clean.data.set(one, i * one.length);
  }
  const timesteps = Array.from({ length: count }, () => heldOut.draw(source));
  const noise = randomSource(seed, "image noise", step).normal(clean.shape);
  const { latents, target } = addNoise(schedule, clean, noise, timesteps);
  return { latents, target, timesteps, text: images.text, isClip: false };
}
