import { asPhase, decodeFrames, type Model, type ProgressEvent } from "../pipeline/index.ts";
import type { FloatTensor } from "../tensor/index.ts";
import type { Frame, Video } from "../video/index.ts";
import { inAnyStep, openPixels } from "./hand-mask.ts";
import { clipFacts, framesOf, type Inversion, latentsAt } from "./inversion.ts";
import { type EditMasks, masksOfSteps } from "./kept-masks.ts";
import type { EditRun } from "./knobs.ts";
import { checkSourceFrames, pasteSource } from "./paste-source.ts";
import type { PlannedEdit } from "./planned-edit.ts";
import type { PreparedEdit } from "./prepared-edit.ts";
import { type RemovalFacts, removalFacts } from "./removal.ts";

export interface EditResult extends Video, PlannedEdit {
  /** The edited latents [F, C, h, w]. */
  readonly latents: FloatTensor;
  /** With `fuseFrom: "reconstruction"`: the way of the source that was fused, laid out like its inversion. */
  readonly reconstruction?: Inversion;
  /** Of a removal: how much of what lay behind another frame showed. */
  readonly removal?: RemovalFacts;
  /** The masks that were used, if there were any and `keepMasks` asked for them. */
  readonly masks?: EditMasks;
  /** With `keepTrajectory`: [T+1, F, C, h, w] in the order of an inversion's latents, entry 0 is the result. */
  readonly trajectory?: FloatTensor;
}

/** The steps in which the mask decided something: where self-attention is masked, or the latent blend has it. */
function maskedSteps({ steps, mask, hand, masksSelf, blendsLatents }: PreparedEdit): typeof steps {
  if (!mask) return [];
  const isMasked = ({ fusion }: (typeof steps)[number]): boolean => fusion?.self === "masked";
  // The latent blend by words uses the masks in the middle steps only, which the fused ones cover.
  const blendsAll = blendsLatents && (mask.fixed || hand !== null || !(masksSelf && steps.some(isMasked)));
  return steps.filter((step) => isMasked(step) || blendsAll);
}

/** The frames whose pixels stay: those that a caller has, or what the inversion comes to. */
async function* sourceOf(
  model: Model,
  inversion: Inversion,
  { sourceFrames, signal }: EditRun,
): AsyncGenerator<ProgressEvent, readonly Frame[], void> {
  if (sourceFrames) return checkSourceFrames(sourceFrames, framesOf(inversion));
  return yield* asPhase("decode", () => decodeFrames(model, latentsAt(inversion, 0), { signal }));
}

/** Decodes an edit's last latents [F, C, h, w], and draws up the masks it used. */
export async function* finishEdit(
  model: Model,
  inversion: Inversion,
  prepared: PreparedEdit,
  latents: FloatTensor,
  options: EditRun,
): AsyncGenerator<ProgressEvent, Omit<EditResult, keyof PlannedEdit>, void> {
  const { keepMasks, signal } = options;
  const edited = yield* asPhase("decode", () => decodeFrames(model, latents, { signal }));
  const { mask, hand, automatic, steps } = prepared;
  const [height, width] = latents.shape.slice(-2) as [number, number];
  const pixels = hand && mask ? openPixels(hand, mask, steps) : null;
  const masks =
    keepMasks && mask
      ? masksOfSteps(maskedSteps(prepared), mask, { height, width, tau: prepared.tau })
      : undefined;
  // At the originals' size it is needed by itself, beside masks that were drawn there.
  const beside =
    pixels && automatic
      ? { automatic: inAnyStep(automatic, steps, [pixels.shape[1]!, pixels.shape[2]!]) }
      : {};
  const frames = pixels ? pasteSource(edited, yield* sourceOf(model, inversion, options), pixels) : edited;
  return {
    ...{ frames, ...clipFacts(inversion), latents },
    ...(prepared.removal ? { removal: removalFacts(prepared.removal) } : {}),
    ...(masks ? { masks: { ...masks, ...(pixels ? { pixels, ...beside, unpasted: edited } : {}) } } : {}),
  };
}
