import { defined } from "../defined.ts";
import { type EditKnobs, type EditResult, edit, invert } from "../edit/index.ts";
import { createJob, type Job, type Model } from "../pipeline/index.ts";
import type { GivenVideo } from "../video/index.ts";
import type { BaselineEvent, BaselineOptions } from "./options.ts";
import { planBaseline } from "./plan.ts";
import { through } from "./through.ts";

/** Nothing of the source but the noisiest latents of its inversion. */
const ALONE = { selfSteps: 0, crossSteps: 0, maskWords: "none", latentBlend: false } as const satisfies Omit<
  EditKnobs,
  "prompt"
>;

async function* run(
  model: Model,
  clip: GivenVideo,
  options: BaselineOptions,
): AsyncGenerator<BaselineEvent, EditResult, void> {
  const { source, target, negative, guidance, steps, size, store, signal } = options;
  await planBaseline(model, options);
  const work = defined({ store, signal });
  const inversion = yield* through(
    invert(model, clip, {
      ...{ prompt: source, keepSource: false, scenes: "off" as const, window: "off" as const },
      ...defined({ steps, size }),
      ...work,
    }),
  );
  const knobs = { ...ALONE, ...defined({ negative, guidance }) };
  return yield* through(edit(model, inversion, { prompt: target, ...knobs, ...work }));
}

/**
 * DDIM inversion, and denoising from its end under the target prompt (Song et al. 2021): the edit of the paper without its
 * attention fusion. With a model tuned on the clip it is what Tune-A-Video edits by.
 *
 * @throws FateZeroError as `invert` and `edit` do
 */
export function editByDdim(
  model: Model,
  clip: GivenVideo,
  options: BaselineOptions,
): Job<BaselineEvent, EditResult> {
  return createJob((signal) => run(model, clip, { ...options, signal }), options.signal);
}
