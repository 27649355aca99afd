import { createSchedule, ddimStep } from "../diffusion/index.ts";
import { denoiserOf, type EditResult, framesOf, type Inversion, latentsAt, meanMask } from "../edit/index.ts";
import { psnr } from "../metrics/index.ts";
import type { Model } from "../pipeline/index.ts";
import { decodeFrames } from "../pipeline/index.ts";
import { spread } from "../spread.ts";
import { concat0, type FloatTensor, slice0 } from "../tensor/index.ts";
import type { Frame } from "../video/index.ts";
import type { Measurements } from "./verdict.ts";

/** Frames that are looked at, spread over the clip: decoding is dear on large models. */
const CHECKED_FRAMES = 4;
/** Steps of the trajectory that are retraced. */
const CHECKED_STEPS = 4;

/** The source as the VAE shows it, in some frames; the later measurement of an edit uses them again. */
export interface CheckedFrames {
  readonly indices: readonly number[];
  readonly frames: readonly Frame[];
}

const pick = (tensor: FloatTensor, indices: readonly number[]): FloatTensor =>
  concat0(indices.map((i) => slice0(tensor, i, i + 1)));

/** Decodes the clean latents of a few frames, spread over the clip. */
export async function decodeSource(
  model: Model,
  inversion: Inversion,
  signal?: AbortSignal,
): Promise<CheckedFrames> {
  const indices = spread(framesOf(inversion), CHECKED_FRAMES);
  const frames = await decodeFrames(model, pick(latentsAt(inversion, 0), indices), { signal });
  return { indices, frames };
}

/** PSNR in dB of the VAE's way there and back, given the frames that were encoded. */
export function vaePsnr(source: readonly Frame[], { indices, frames }: CheckedFrames): number | null {
  return psnr(
    indices.map((i) => source[i]!),
    frames,
  );
}

function rms(data: Float32Array): number {
  return Math.sqrt(data.reduce((sum, value) => sum + value * value, 0) / data.length);
}

/** Standard deviation of all values. */
function spreadOf(data: Float32Array): number {
  const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
  return rms(data.map((value) => value - mean));
}

/**
 * How far free sampling would miss the source, without sampling: a few steps of the trajectory are retraced from their
 * noisier end, and what they miss is carried down to the clean level as if the latents were Gaussian (×s/√(s²ᾱ+1−ᾱ),
 * s their standard deviation) and summed over all steps. A share of s. Costs at most four runs of the UNet.
 */
export async function trajectoryDrift(
  model: Model,
  inversion: Inversion,
  signal?: AbortSignal,
): Promise<number> {
  const { steps, settings } = inversion;
  const cleanestFirst = createSchedule(model.checkpoint.scheduler, steps, settings.compat).steps.toReversed();
  const { denoiser } = denoiserOf(model, inversion);
  const text = await model.encodeText(inversion.ids, signal);
  const checked = spread(steps, CHECKED_STEPS);
  const contrast = spreadOf(latentsAt(inversion, 0).data);
  let missed = 0;
  for (const j of checked) {
    const step = cleanestFirst[j]!;
    const noisier = latentsAt(inversion, j + 1);
    const { predictions } = await denoiser.plain([{ latents: noisier, text }], step.timestep, signal);
    const back = ddimStep(step, noisier, predictions[0]!);
    const { data } = latentsAt(inversion, j);
    const error = rms(back.data.map((value, i) => value - data[i]!));
    const alpha = step.alphaTo;
    missed += error / Math.sqrt(alpha * contrast ** 2 + 1 - alpha);
  }
  return (missed * steps) / checked.length;
}

/**
 * Word maps are scaled to their maximum and pooled 3×3, so that a threshold that is too high still leaves the peak. With
 * the thresholds of the presets a mask of that size is a small object.
 */
function leastShare({ wordMaps }: Inversion, { masks }: EditResult): number {
  if (!masks || masks.fixed || masks.threshold < 0.5) return 0;
  return 9 / (wordMaps.height * wordMaps.width);
}

/**
 * Measures what an edit changed, in a few frames, against the source as the VAE shows it. The mask counts where the edit
 * was asked for `keepMasks`.
 */
export function measureEdit(
  model: Model,
  inversion: Inversion,
  result: EditResult,
  source: CheckedFrames,
): Omit<Measurements, "vaePsnr" | "drift"> {
  const { indices, frames } = source;
  const edited = indices.map((i) => result.frames[i]!);
  const mask = result.masks ? meanMask(result.masks) : null;
  // Where a person drew it, its size is as meant, and what changes is looked for inside.
  const byHand = result.hand !== null || result.regions !== null;
  const maskShare =
    mask && !byHand ? mask.data.reduce((sum, value) => sum + value, 0) / mask.data.length : null;
  const { width } = frames[0]!;
  const { downscale } = model.vae;
  const columns = width / downscale;
  const outside = (f: number, i: number): number => {
    const y = Math.floor(i / width / downscale);
    const x = Math.floor((i % width) / downscale);
    const [, h] = mask!.shape;
    return 1 - mask!.data[(indices[f]! * h! + y) * columns + x]!;
  };
  return {
    maskShare,
    leastMaskShare: leastShare(inversion, result),
    changePsnr: psnr(frames, edited, byHand && mask ? (f, i) => 1 - outside(f, i) : undefined),
    keptPsnr: mask ? psnr(frames, edited, outside) : null,
    ...(result.removal ? { shownShare: result.removal.shown } : {}),
  };
}
