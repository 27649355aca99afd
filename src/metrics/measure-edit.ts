import type { Frame } from "../video/index.ts";
import { colorDrift } from "./color-drift.ts";
import { flicker } from "./flicker.ts";
import { type ClipFlow, seenShare } from "./flow/clip-flow.ts";
import { maskIou } from "./mask-iou.ts";
import { type PixelWeight, psnr } from "./psnr.ts";
import { ssim } from "./ssim.ts";
import { flowWarpError } from "./warp-error.ts";

/** An edit and what it is measured against; all clips of one size and length. */
export interface MeasuredClips {
  readonly source: readonly Frame[];
  readonly edited: readonly Frame[];
  /** Motion of the source. */
  readonly flow: ClipFlow;
  /** Which pixels were to change, 0 to 1; null where nobody says. */
  readonly mask: PixelWeight | null;
  /** What the perfect edit shows. */
  readonly truth: readonly Frame[] | null;
  /** The source as a model's VAE gives it back. */
  readonly bound: readonly Frame[] | null;
}

/** PSNR and SSIM of two clips in a part of the pixels. */
export interface Likeness {
  /** In dB; infinite where they are equal. */
  readonly psnr: number | null;
  readonly ssim: number | null;
}

/** What the pixels of an edit say; each measure as its function tells. Null where it cannot be had. */
export interface EditMeasures {
  /** Outside the mask, against the source; and the best that an edit through this VAE can have there. */
  readonly kept:
    | (Likeness & { readonly drift: { readonly mean: number; readonly max: number } | null })
    | null;
  readonly keptBound:
    | (Likeness & { readonly drift: { readonly mean: number; readonly max: number } | null })
    | null;
  /** Against the perfect edit, and what the untouched source has. */
  readonly truth: {
    readonly whole: Likeness;
    readonly changed: Likeness | null;
    readonly source: { readonly whole: Likeness; readonly changed: Likeness | null };
  } | null;
  /** Mask against the pixels that changed by more than a tenth of the range. */
  readonly maskIou: number | null;
  /** Share of the pixels that could be followed to the next frame: on how much the next two rest. */
  readonly followed: number | null;
  readonly warpError: { readonly edited: number; readonly source: number } | null;
  readonly flicker: { readonly edited: number; readonly source: number } | null;
}

/** Mean change of a pixel's channels, of 255, from which on it counts as changed. */
const CHANGED = 25.5;

/** PSNR and SSIM of two clips in the pixels that count. */
export const likeness = (a: readonly Frame[], b: readonly Frame[], weight?: PixelWeight): Likeness => ({
  psnr: psnr(a, b, weight),
  ssim: ssim(a, b, weight),
});

/** Mean absolute difference of the channels of each pixel, 0…255, row by row. */
export function differenceOf(a: Frame, b: Frame): Float32Array {
  const pixels = a.width * a.height;
  return Float32Array.from({ length: pixels }, (_, i) => {
    let sum = 0;
    for (let k = 3 * i; k < 3 * i + 3; k++) sum += Math.abs(a.data[k]! - b.data[k]!);
    return sum / 3;
  });
}

/** Intersection over union of the mask and of what changed, over all frames. */
function changedAgainst(mask: PixelWeight, { source, edited }: MeasuredClips): number | null {
  const pixels = source[0]!.width * source[0]!.height;
  const wanted = new Float32Array(pixels * source.length);
  const changed = new Float32Array(pixels * source.length);
  for (const [f, frame] of source.entries()) {
    for (const [i, difference] of differenceOf(frame, edited[f]!).entries()) {
      wanted[f * pixels + i] = mask(f, i);
      changed[f * pixels + i] = difference > CHANGED ? 1 : 0;
    }
  }
  return maskIou(wanted, changed);
}

/** Everything that the pixels of an edit say of it. */
export function measureClips(clips: MeasuredClips): EditMeasures {
  const { source, edited, flow, mask, truth, bound } = clips;
  const outside: PixelWeight | null = mask && ((f, i) => 1 - mask(f, i));
  const keptOf = (frames: readonly Frame[] | null) => {
    if (!frames || !outside) return null;
    const drift = colorDrift(source, frames, outside);
    return { ...likeness(source, frames, outside), drift: drift && { mean: drift.mean, max: drift.max } };
  };
  const truthOf = (frames: readonly Frame[], perfect: readonly Frame[]) => ({
    whole: likeness(perfect, frames),
    changed: mask && likeness(perfect, frames, mask),
  });
  const warped = flowWarpError(edited, flow);
  const own = flowWarpError(source, flow);
  const jumps = flicker(source, edited, flow);
  return {
    kept: keptOf(edited),
    keptBound: keptOf(bound),
    truth: truth && { ...truthOf(edited, truth), source: truthOf(source, truth) },
    maskIou: mask && changedAgainst(mask, clips),
    followed: seenShare(flow),
    warpError: warped === null || own === null ? null : { edited: warped, source: own },
    flicker: jumps && { edited: jumps.edited, source: jumps.source },
  };
}
