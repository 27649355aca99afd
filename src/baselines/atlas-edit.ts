import { threshold } from "../attention/index.ts";
import { defined } from "../defined.ts";
import { clipFacts, fitFrames, invert, meanOfWords, type PlannedEdit, planEdit } from "../edit/index.ts";
import { createJob, type Job, type Model } from "../pipeline/index.ts";
import { concat0, type FloatTensor } from "../tensor/index.ts";
import { checkedClip, type GivenVideo, TRANSPARENT, type Video } from "../video/index.ts";
import { type AtlasOptions, fitAtlas, propagate } from "./atlas/index.ts";
import { editByNullTextP2p, type NullTextP2pOptions, P2P_DEFAULTS } from "./null-text-p2p.ts";
import type { BaselineEvent } from "./options.ts";
import { planBaseline } from "./plan.ts";
import { through } from "./through.ts";

/** Share of a frame's highest attention above which a pixel is the object's: the paper's τ of shape edits. */
const THRESHOLD = 0.3;

export interface AtlasEditOptions extends NullTextP2pOptions {
  /**
   * Where the object is: a tensor [frames, h, w] of 0…1, or pictures, white on black; one for each frame, or one for all.
   * @default where the source's first thing is, by its word's attention
   */
  readonly mask?: NonNullable<AtlasOptions["mask"]>;
  /** Updates of the atlas' networks. @default 2000 */
  readonly atlasIterations?: number;
}

/** A mask that serves all frames, once for each. */
function forEach(mask: AtlasEditOptions["mask"], frames: number): AtlasEditOptions["mask"] {
  if (mask === undefined) return undefined;
  if ("shape" in mask) return mask.shape[0] === 1 ? concat0(Array<FloatTensor>(frames).fill(mask)) : mask;
  return mask.length === 1 ? Array.from({ length: frames }, () => mask[0]!) : mask;
}

/** The mask of the first thing that the source names; null where it names none. */
async function* objectMask(
  model: Model,
  clip: Video,
  { source, target, steps = 50, size, store, signal }: AtlasEditOptions,
  { reading }: PlannedEdit,
): AsyncGenerator<BaselineEvent, FloatTensor | null, void> {
  const [thing] = reading?.things ?? [];
  if (thing === undefined) return null;
  const maskWords = { source: [thing] };
  const { plan } = await planEdit(model, { prompt: source, steps }, { prompt: target, maskWords });
  const { sourceTokens } = plan.mask;
  if (sourceTokens.length === 0) return null;
  const options = { prompt: source, steps, window: "off" as const, keepSource: false };
  const inversion = yield* through(invert(model, clip, { ...options, ...defined({ size, store, signal }) }));
  return threshold(meanOfWords(inversion, sourceTokens), THRESHOLD);
}

async function* run(
  model: Model,
  given: GivenVideo,
  options: AtlasEditOptions,
): AsyncGenerator<BaselineEvent, Video, void> {
  const { amplify, align, crossSteps, selfSteps, seed, store, signal, size, atlasIterations } = options;
  const knobs = { ...P2P_DEFAULTS, ...defined({ amplify, align, crossSteps, selfSteps }) };
  const planned = await planBaseline(model, options, { ...knobs, nullText: true });
  const { clip, isTransparent } = checkedClip(given);
  if (isTransparent) yield { type: "warning", ...TRANSPARENT };
  const frames = fitFrames(model, clip, defined({ size }));
  const mask = forEach(options.mask, frames.length) ?? (yield* objectMask(model, clip, options, planned));
  // As an inversion, the finished atlas stays: the next edit of the clip needs it.
  const keeping = store && { ...store, remove: async () => {} };
  const fitting = defined({
    mask: mask ?? undefined,
    iterations: atlasIterations,
    seed,
    store: keeping,
    signal,
  });
  const atlas = yield* through(fitAtlas(model, { ...clip, frames }, fitting));
  // The middle one, from which the others are least far.
  const key = (frames.length - 1) >> 1;
  const alone: Video = { frames: [frames[key]!], fps: clip.fps };
  const { frames: edited } = yield* through(editByNullTextP2p(model, alone, options));
  return { frames: propagate(atlas, key, edited[0]!), ...clipFacts(clip) };
}

/**
 * Lays the clip out as two still layers (Kasten et al. 2021), edits its middle frame by null-text inversion and
 * prompt-to-prompt, and carries the change to all frames through the layers.
 *
 * @throws FateZeroError as `fitAtlas` and `editByNullTextP2p` do
 */
export function editByAtlas(
  model: Model,
  clip: GivenVideo,
  options: AtlasEditOptions,
): Job<BaselineEvent, Video> {
  return createJob((signal) => run(model, clip, { ...options, signal }), options.signal);
}
