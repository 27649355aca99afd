import { defined } from "../defined.ts";
import type { EditResult } from "../edit/index.ts";
import { createJob, type Job, type Model } from "../pipeline/index.ts";
import { tune, tunedModel } from "../tune/index.ts";
import type { GivenVideo } from "../video/index.ts";
import { editByDdim } from "./ddim.ts";
import type { BaselineEvent, BaselineOptions } from "./options.ts";
import { planBaseline } from "./plan.ts";
import { through } from "./through.ts";

export interface TuneAVideoOptions extends BaselineOptions {
  /** Updates of the weights. @default 100 (paper App. A) */
  readonly tuningSteps?: number;
}

async function* run(
  model: Model,
  clip: GivenVideo,
  { tuningSteps, ...options }: TuneAVideoOptions,
): AsyncGenerator<BaselineEvent, EditResult, void> {
  await planBaseline(model, options);
  if (model.tuned) return yield* through(editByDdim(model, clip, options));
  const { source: prompt, size, seed, store, signal } = options;
  // As an inversion, the finished training stays: the next edit of the clip needs it.
  const keeping = store && { ...store, remove: async () => {} };
  const training = { prompt, ...defined({ steps: tuningSteps, size, seed, store: keeping, signal }) };
  const tuning = yield* through(tune(model, clip, training));
  const tuned = await tunedModel(model, tuning);
  try {
    return yield* through(editByDdim(tuned, clip, options));
  } finally {
    await tuned.sessions.close("");
  }
}

/**
 * Tunes the model on the clip, and edits by DDIM inversion and denoising under the target prompt (Wu et al. 2022). A model
 * that is tuned already is taken as it is.
 *
 * @throws FateZeroError as `tune`, `invert` and `edit` do
 */
export function editByTuneAVideo(
  model: Model,
  clip: GivenVideo,
  options: TuneAVideoOptions,
): Job<BaselineEvent, EditResult> {
  return createJob((signal) => run(model, clip, { ...options, signal }), options.signal);
}
