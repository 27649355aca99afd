import { addNoise, createSchedule, meanSquare } from "../diffusion/index.ts";
import { type FloatTensor, randomSource } from "../tensor/index.ts";
import { createDenoiser } from "./denoiser.ts";
import { resolveMethod, type SitePlan } from "./method.ts";
import type { Model } from "./model.ts";
import { promptIds } from "./prompt-ids.ts";

/** Frames, each once for every sentence, that are computed in one run. */
const FRAMES_PER_RUN = 24;
/** Any: the same for all sentences. */
const SEED = 7;

/** How well a model's UNet finds the noise in frames when a sentence tells what they show: the lower the better. */
export type LossOf = (captions: readonly string[], signal?: AbortSignal) => Promise<readonly number[]>;

/**
 * The loss of latents [F, C, h, w] under sentences, each frame for itself, at noise levels that are `shares` of the
 * schedule's timesteps: that of the sentence which describes them is
 * the least (Li et al. 2023, Diffusion Classifier). Losses are kept, so that asking twice costs nothing.
 */
export function denoisingLoss(model: Model, latents: FloatTensor, shares: readonly number[]): LossOf {
  const settings = resolveMethod(model, { attend: [] });
  const schedule = createSchedule(model.checkpoint.scheduler, 1);
  const none: SitePlan = {
    ...{ all: [], maps: [], mapHeight: 0, mapWidth: 0 },
    ...{ fused: new Set(), fusedLevels: [], levels: [] },
  };
  const denoiser = createDenoiser(model, settings, none);
  const frames = latents.shape[0]!;
  const last = schedule.alphasCumprod.length - 1;
  const levels = shares.map((share, i) => {
    const timestep = Math.round(share * last);
    const noise = randomSource(SEED, "caption", i).normal(latents.shape);
    return { timestep, ...addNoise(schedule, latents, noise, new Array<number>(frames).fill(timestep)) };
  });
  const known = new Map<string, number>();
  const compute = async (captions: readonly string[], signal?: AbortSignal): Promise<void> => {
    const texts: FloatTensor[] = [];
    for (const caption of captions)
      texts.push(await model.encodeText(promptIds(model.tokenizer, caption, null, "caption").ids, signal));
    const sums = captions.map(() => 0);
    for (const { timestep, latents: noisy, target } of levels) {
      const branches = texts.map((text) => ({ latents: noisy, text }));
      const { predictions } = await denoiser.plain(branches, timestep, signal);
      for (const [i, prediction] of predictions.entries()) sums[i]! += meanSquare(prediction, target);
    }
    for (const [i, caption] of captions.entries()) known.set(caption, sums[i]! / levels.length);
  };
  return async (captions, signal) => {
    const open = [...new Set(captions)].filter((caption) => !known.has(caption));
    const perRun = Math.max(1, Math.floor(FRAMES_PER_RUN / frames));
    for (let i = 0; i < open.length; i += perRun) await compute(open.slice(i, i + perRun), signal);
    return captions.map((caption) => known.get(caption)!);
  };
}
