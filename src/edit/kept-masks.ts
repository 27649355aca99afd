import { threshold } from "../attention/index.ts";
import { concat0, type FloatTensor, floatTensor } from "../tensor/index.ts";
import type { SoftMask } from "./masks.ts";

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

/** The masks of some steps of an edit; undefined if there are none. `softOf` gives a step's mask, `fixed` one for all. */
export function masksOfSteps(
  steps: readonly number[],
  { softOf, fixed }: { readonly softOf: (step: number) => SoftMask; readonly fixed: boolean },
  { height, width }: { readonly height: number; readonly width: number },
  tau: number,
): EditMasks | undefined {
  if (steps.length === 0) return undefined;
  const softs = (fixed ? steps.slice(0, 1) : steps).map((step) => {
    const mask = softOf(step)(height, width);
    return floatTensor([1, ...mask.shape], mask.data);
  });
  const soft = concat0(softs);
  return { steps, fixed, soft, hard: threshold(soft, tau), threshold: tau };
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
