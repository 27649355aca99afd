import { guide as guideBy } from "../diffusion/index.ts";
import { type FloatTensor, floatTensor } from "../tensor/index.ts";
import type { FittedMasks } from "./hand-mask.ts";
import { framesOf, type Inversion } from "./inversion.ts";
import type { SoftMask, UsedMask } from "./masks.ts";
import type { PlannedEdit, PlannedRegions } from "./planned-edit.ts";
import type { PreparedEdit, PreparedStep } from "./prepared-edit.ts";
import { type FittedRegions, fitRegions, weighShares } from "./region-shares.ts";

/** An edit in parts, with everything settled. */
interface PreparedRegions extends Pick<PreparedEdit, "mask" | "hand" | "automatic" | "guide"> {
  readonly fitted: FittedRegions;
  /** Where the edit keeps its own self-attention in a step that fuses any of the source's. */
  readonly selfMask: (step: PreparedStep) => SoftMask;
}

/** What the whole picture has beside its regions. */
interface Whole {
  /** Masks by hand: with regions there is only what is protected. */
  readonly hand: FittedMasks | null;
  /** The mask of what is edited outside of the regions. */
  readonly whole: UsedMask | null;
  /** Whether that masks self-attention. */
  readonly masksWhole: boolean;
}

/** Predictions guided position by position, with a scale [F, h, w] for latents [F, C, h, w]. */
function guideAt(predictions: readonly FloatTensor[], scale: FloatTensor): FloatTensor {
  const conditional = predictions.at(-1)!;
  if (predictions.length === 1) return conditional;
  const [frames, channels, height, width] = conditional.shape as [number, number, number, number];
  const pixels = height * width;
  const free = predictions[0]!.data;
  const out = floatTensor(conditional.shape);
  for (let f = 0; f < frames; f++) {
    for (let c = 0; c < channels; c++) {
      const base = (f * channels + c) * pixels;
      for (let i = 0; i < pixels; i++) {
        const own = free[base + i]!;
        out.data[base + i] = own + scale.data[f * pixels + i]! * (conditional.data[base + i]! - own);
      }
    }
  }
  return out;
}

/**
 * Settles where the regions of an edit are in each step, what of the source's self-attention each keeps, how each is
 * guided, and what of the picture may change at all.
 */
export function prepareRegions(
  inversion: Inversion,
  { plan, settings }: PlannedEdit,
  { list, keepsRest, restGuidance }: PlannedRegions,
  { hand, whole, masksWhole }: Whole,
): PreparedRegions {
  const fitted = fitRegions(list, inversion, hand?.open ?? null);
  const ones = list.map(() => 1);
  const rest = keepsRest ? null : whole;
  const used =
    (inverted: number): SoftMask =>
    (height, width) =>
      weighShares(fitted.at(inverted)(height, width), ones, rest?.used(inverted)(height, width) ?? 0);
  const mask: UsedMask | null =
    keepsRest || rest ? { used, soft: fitted.soft, fixed: fitted.fixed && (rest?.fixed ?? true) } : null;
  const ofWords = list.map((region) => (region.mask ? 0 : 1));
  const wordsAlone = (inverted: number): SoftMask => {
    return (height, width) => weighShares(fitted.at(inverted)(height, width), ofWords, 0);
  };
  const automatic: UsedMask | null =
    keepsRest && list.some((region) => !region.mask)
      ? { used: wordsAlone, soft: fitted.soft, fixed: fitted.fixed }
      : null;
  const selfMask = (step: PreparedStep): SoftMask => {
    const { index, inverted } = step;
    const weights = list.map((region) => (region.plan.steps[index]!.self && !region.masksSelf ? 0 : 1));
    const outside = plan.steps[index]!.self ? (masksWhole ? (rest?.used(inverted) ?? null) : null) : 1;
    return (height, width) =>
      weighShares(
        fitted.at(inverted)(height, width),
        weights,
        typeof outside === "number" ? outside : (outside?.(height, width) ?? 0),
      );
  };
  const scales = list.map((region) => region.settings.guidance);
  const isOneScale = [...scales, ...(keepsRest ? [] : [restGuidance])].every(
    (scale) => scale === settings.guidance,
  );
  const guide: PreparedEdit["guide"] = ({ inverted }, predictions) => {
    if (isOneScale) return guideBy(predictions, settings.guidance);
    const [height, width] = inversion.latents.shape.slice(-2) as [number, number];
    const scale = weighShares(fitted.at(inverted)(height, width), scales, restGuidance);
    return guideAt(predictions, scale);
  };
  const { width, height } = inversion.size;
  // What may change in pixels: a mask as one by hand, whose values are those of `mask`.
  const pixels = floatTensor([framesOf(inversion), height, width]);
  return {
    ...{ fitted, selfMask, guide, mask, automatic },
    hand: keepsRest ? { mask: pixels, mode: "add", open: hand?.open ?? null } : hand,
  };
}
