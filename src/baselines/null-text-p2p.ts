import { defined } from "../defined.ts";
import { type EditKnobs, type EditResult, edit, invert } from "../edit/index.ts";
import { createJob, type Job, type Model } from "../pipeline/index.ts";
import { nullText } from "../tune/index.ts";
import type { GivenVideo } from "../video/index.ts";
import type { BaselineEvent, BaselineOptions } from "./options.ts";
import { planBaseline } from "./plan.ts";
import { through } from "./through.ts";

/** Adam's steps at each denoising step at most: 500 with 50 of those (Mokady et al. 2022, §4). */
const ITERATIONS = 10;

/** Shares of the steps that prompt-to-prompt replaces attention in, as its authors' examples have them. */
export const P2P_DEFAULTS = { crossSteps: 0.8, selfSteps: 0.4 } as const;

export interface NullTextP2pOptions
  extends BaselineOptions,
    Pick<EditKnobs, "crossSteps" | "selfSteps" | "amplify" | "align"> {
  /** Steps of Adam at each denoising step, at most. @default 10 */
  readonly iterations?: number;
}

async function* run(
  model: Model,
  clip: GivenVideo,
  options: NullTextP2pOptions,
): AsyncGenerator<BaselineEvent, EditResult, void> {
  const { source, target, steps = 50, size, amplify, align, crossSteps, selfSteps } = options;
  const { iterations = ITERATIONS } = options;
  const work = defined({ store: options.store, signal: options.signal });
  const knobs = { ...P2P_DEFAULTS, ...defined({ amplify, align, crossSteps, selfSteps }) };
  const { settings } = await planBaseline(model, options, { ...knobs, nullText: true });
  const { guidance: scale } = settings;
  // Each frame looks at itself only.
  const alone = { prompt: source, steps, attend: [], window: "off" as const, keepSource: false };
  const inversion = yield* through(invert(model, clip, { ...alone, ...defined({ size }), ...work }));
  const texts = { guidance: scale, iterations, perFrame: true, ...work };
  // Without guidance there is no unconditional text.
  const inverted = scale > 1 ? yield* through(nullText(model, inversion, texts)) : inversion;
  const replaced = { fuseFrom: "reconstruction", maskWords: "none", latentBlend: false } as const;
  return yield* through(
    edit(model, inverted, { prompt: target, ...knobs, ...replaced, guidance: scale, ...work }),
  );
}

/**
 * Edits frame by frame with null-text inversion (Mokady et al. 2022) and prompt-to-prompt (Hertz et al. 2022): a text for
 * each frame and step is optimised so that guidance keeps to the source, and the attention of that reconstruction replaces
 * the edit's.
 *
 * @throws FateZeroError as `invert`, `nullText` and `edit` do; `null-text-negative` where a negative prompt is given
 */
export function editByNullTextP2p(
  model: Model,
  clip: GivenVideo,
  options: NullTextP2pOptions,
): Job<BaselineEvent, EditResult> {
  return createJob((signal) => run(model, clip, { ...options, signal }), options.signal);
}
