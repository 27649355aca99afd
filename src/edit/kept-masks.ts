import { concat0, type FloatTensor, floatTensor, slice0 } from "../tensor/index.ts";
import type { Frame } from "../video/index.ts";
import type { UsedMask } from "./masks.ts";

/** The masks of an edit, at the resolution of the latents. */
export interface EditMasks {
  /** Edit steps with a mask, counted from 0 (the noisiest). */
  readonly steps: readonly number[];
  /** Whether one mask served all steps; `soft` and `hard` hold it once then (S = 1). */
  readonly fixed: boolean;
  /** Before the threshold, [S, F, h, w], about 0…1. */
  readonly soft: FloatTensor;
  /** As it acts, after the threshold: 1 where the edit keeps its own, [S, F, h, w]. Masks by hand may be soft here too. */
  readonly hard: FloatTensor;
  /** The threshold τ. */
  readonly threshold: number;
  /** Only with masks by hand: where the result's pixels may differ from the source's, [F, H, W]. */
  readonly pixels?: FloatTensor;
  /** Only with masks by hand that an automatic mask acts beside: where that one alone lets the edit be, [F, H, W]. */
  readonly automatic?: FloatTensor;
  /** Only with masks by hand: the edit's frames before the source's pixels took their place outside. */
  readonly unpasted?: readonly Frame[];
}

/** The masks of some edit steps at the latents' size; undefined if there are none. */
export function masksOfSteps(
  steps: readonly { readonly index: number; readonly inverted: number }[],
  mask: UsedMask,
  { height, width, tau }: { readonly height: number; readonly width: number; readonly tau: number },
): EditMasks | undefined {
  if (steps.length === 0) return undefined;
  const ofSteps = (of: UsedMask["used"]): FloatTensor =>
    concat0(
      (mask.fixed ? steps.slice(0, 1) : steps).map(({ inverted }) => {
        const { shape, data } = of(inverted)(height, width);
        return floatTensor([1, ...shape], data);
      }),
    );
  return {
    steps: steps.map(({ index }) => index),
    fixed: mask.fixed,
    soft: ofSteps(mask.soft),
    hard: ofSteps(mask.used),
    threshold: tau,
  };
}

/** Row `k` of masks [S, F, h, w]. */
export function maskAt(masks: FloatTensor, k: number): FloatTensor {
  return floatTensor(masks.shape.slice(1), slice0(masks, k, k + 1).data);
}

/** Share of the steps with a mask in which each position was inside, [F, h, w]. */
export function meanMask({ hard }: EditMasks): FloatTensor {
  const [count, ...shape] = hard.shape as [number, ...number[]];
  const mean = floatTensor(shape);
  for (const [i, value] of hard.data.entries()) {
    const k = i % mean.data.length;
    mean.data[k] = mean.data[k]! + value / count;
  }
  return mean;
}
