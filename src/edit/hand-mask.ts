import { FateZeroError } from "../errors.ts";
import { count } from "../quantity.ts";
import { type FieldRef, leaveOut, type Said, say, type Text, the } from "../say.ts";
import { type FloatTensor, floatTensor } from "../tensor/index.ts";
import { type HandMasks, mergeMasks, resizeMask } from "./given-mask.ts";
import { framesOf, type Inversion } from "./inversion.ts";
import type { UsedMask } from "./masks.ts";

/** Masks by hand that fit an inversion's clip: [F, H, W] at its size in pixels. */
export interface FittedMasks extends Pick<HandMasks, "mode"> {
  readonly mask: FloatTensor | null;
  /** What `protect` leaves: 1 where the edit may change. */
  readonly open: FloatTensor | null;
}

/** Shapes that differ by less are one, rounded. */
const SAME_SHAPE = 0.05;

/** Whether pictures of one size can be stretched to the other without being pulled out of shape. */
export function sameShape(
  a: { readonly width: number; readonly height: number },
  b: { readonly width: number; readonly height: number },
): boolean {
  return Math.abs(Math.log((a.width * b.height) / (a.height * b.width))) < SAME_SHAPE;
}

export function maskShapeDiffers(
  mask: Text,
  [width, height]: readonly [number, number],
  clip: { readonly width: number; readonly height: number },
): FateZeroError {
  return new FateZeroError(
    "mask-shape",
    say`${[mask].flat()} is ${width}x${height}, and the frames are ${clip.width}x${clip.height}: it has another shape.`,
    "Make it of the frames themselves, at any size but in their shape.",
  );
}

/** A mask at an inversion's frames and size; `named` and `leaves` word what is wrong with it. Throws FateZeroError `mask-length`, `mask-shape`. */
export function fitMask(
  named: Said,
  leaves: FieldRef,
  mask: FloatTensor | null,
  inversion: Inversion,
): FloatTensor | null {
  if (!mask) return null;
  const frames = framesOf(inversion);
  const { width, height } = inversion.size;
  const [own, h, w] = mask.shape as [number, number, number];
  if (own !== 1 && own !== frames) {
    throw new FateZeroError(
      "mask-length",
      say`${named} has ${count(own, "frame")}, and the clip has ${frames}.`,
      say`Give one picture for all frames, or one for each that is edited; or ${leaves}.`,
    );
  }
  if (!sameShape({ width: w, height: h }, { width, height }))
    throw maskShapeDiffers(say`The picture of ${named}`, [w, h], { width, height });
  const sized = resizeMask(mask, height, width);
  if (own === frames) return sized;
  const all = floatTensor([frames, height, width]);
  for (let f = 0; f < frames; f++) all.data.set(sized.data, f * sized.data.length);
  return all;
}

/** Brings masks to an inversion's frames and size. Throws FateZeroError `mask-length`, `mask-shape`. */
export function fitHandMasks(hand: HandMasks | null, inversion: Inversion): FittedMasks | null {
  if (!hand) return null;
  const fitted = (role: "mask" | "protect") => fitMask([the(role)], leaveOut(role), hand[role], inversion);
  const protect = fitted("protect");
  return {
    mask: fitted("mask"),
    mode: hand.mode,
    open:
      protect &&
      floatTensor(
        protect.shape,
        protect.data.map((value) => 1 - value),
      ),
  };
}

/** The highest value in each cell of a coarser grid: a position that is touched is the edit's, and pixels decide the rest. */
export function poolMask(mask: FloatTensor, height: number, width: number): FloatTensor {
  const [frames, h, w] = mask.shape as [number, number, number];
  if (h === height && w === width) return mask;
  const out = floatTensor([frames, height, width]);
  const [rows, columns] = [h / height, w / width];
  for (let f = 0; f < frames; f++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        let most = 0;
        for (let v = Math.floor(y * rows); v < Math.ceil((y + 1) * rows); v++)
          for (let u = Math.floor(x * columns); u < Math.ceil((x + 1) * columns); u++)
            most = Math.max(most, mask.data[(f * h + v) * w + u]!);
        out.data[(f * height + y) * width + x] = most;
      }
    }
  }
  return out;
}

const MERGE = {
  add: (a: number, b: number): number => Math.max(a, b),
  cut: (a: number, b: number): number => Math.min(a, b),
} as const;

const times = (a: number, b: number): number => a * b;

/** The mask of an edit with what a person gave beside the automatic one, which is null where there is none. */
export function withHandMasks(auto: UsedMask | null, { mask, mode, open }: FittedMasks): UsedMask {
  const pooled = (of: FloatTensor) => (height: number, width: number) => poolMask(of, height, width);
  const marked = mask && pooled(mask);
  const opened = open && pooled(open);
  const ownOnly = mode === "replace" && marked !== null;
  const within = (own: FloatTensor, height: number, width: number): FloatTensor =>
    opened ? mergeMasks(own, opened(height, width), times) : own;
  if (ownOnly || !auto) {
    const alone = marked ?? opened!;
    const at = (height: number, width: number): FloatTensor =>
      marked ? within(alone(height, width), height, width) : alone(height, width);
    return { fixed: true, soft: () => at, used: () => at };
  }
  return {
    fixed: auto.fixed,
    soft: auto.soft,
    used: (inverted) => (height, width) => {
      const own = auto.used(inverted)(height, width);
      const merged = marked && mode !== "replace" ? mergeMasks(own, marked(height, width), MERGE[mode]) : own;
      return within(merged, height, width);
    },
  };
}

/** Where a mask is in any of the steps, [F, height, width]. */
export function inAnyStep(
  mask: UsedMask,
  steps: readonly { readonly inverted: number }[],
  [height, width]: readonly [number, number],
): FloatTensor {
  return steps
    .slice(0, mask.fixed ? 1 : undefined)
    .map(({ inverted }) => mask.used(inverted)(height, width))
    .reduce((a, b) => mergeMasks(a, b, MERGE.add));
}

/**
 * Where a result's pixels may differ from the source's [F, H, W]: inside the mask in any of the steps, where a mask was
 * given, and not where the source is protected.
 */
export function openPixels(
  { mask, open }: FittedMasks,
  used: UsedMask,
  steps: readonly { readonly inverted: number }[],
): FloatTensor {
  if (!mask) return open!;
  const [, height, width] = mask.shape as [number, number, number];
  return inAnyStep(used, steps, [height, width]);
}
