import { threshold } from "../attention/index.ts";
import { concat0, type FloatTensor, floatTensor, slice0 } from "../tensor/index.ts";
import type { EditMaskSource } from "./masks.ts";

/** The masks of an edit, at the resolution of the latents. */
export interface EditMasks {
  /** Edit steps with a mask, counted from 0 (the noisiest). */
  readonly steps: readonly number[];
  /** Whether one mask served all steps; `soft` and `hard` hold it once then (S = 1). */
  readonly fixed: boolean;
  /** Before the threshold, [S, F, h, w], about 0…1. */
  readonly soft: FloatTensor;
  /** After it: 1 where the edit keeps its own, [S, F, h, w]. */
  readonly hard: FloatTensor;
  /** The threshold τ. */
  readonly threshold: number;
}

/** The masks of some edit steps at the latents' size; undefined if there are none. */
export function masksOfSteps(
  steps: readonly { readonly index: number; readonly inverted: number }[],
  mask: EditMaskSource,
  { height, width, tau }: { readonly height: number; readonly width: number; readonly tau: number },
): EditMasks | undefined {
  if (steps.length === 0) return undefined;
  const softs = (mask.fixed ? steps.slice(0, 1) : steps).map(({ inverted }) => {
    const soft = mask.at(inverted)(height, width);
    return floatTensor([1, ...soft.shape], soft.data);
  });
  const soft = concat0(softs);
  return {
    steps: steps.map(({ index }) => index),
    fixed: mask.fixed,
    soft,
    hard: threshold(soft, tau),
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
