import { MARKS } from "./marks.ts";
import type { Mask } from "./masks.ts";
import { plural, type Row } from "./rows.ts";

/** Whether a value before the threshold is so near to it that rounding decides. */
export const undecided = (soft: number, tau: number): boolean => Math.abs(soft - tau) <= MARKS.mask;

/**
 * Compares masks pixel by pixel. A pixel may differ where one of the soft masks behind it is undecided, unless the case
 * says that its own came no nearer to the threshold than the mark (`margin`).
 */
export function flipCounter(quantity: string, tau: number) {
  let masks = 0;
  let wrong = 0;
  let tolerated = 0;
  return {
    add(ours: Pick<Mask, "hard">, soft: readonly Mask[], expected: Float32Array, margin: number): void {
      const { data } = ours.hard;
      masks++;
      wrong += Math.abs(data.length - expected.length);
      for (let i = 0; i < data.length; i++) {
        if (data[i] === expected[i]) continue;
        const near = soft.some((mask) => undecided(mask.soft.data[i]!, tau));
        if (near && !(margin > MARKS.mask)) tolerated++;
        else wrong++;
      }
    },
    rows(): Row[] {
      if (masks === 0) return [];
      const at = tolerated > 0 ? `${plural(tolerated, "pixel")} at the threshold` : "equal";
      return [
        {
          quantity,
          compared: plural(masks, "mask"),
          worst: wrong > 0 ? plural(wrong, "pixel") : at,
          mark: "equal",
          verdict: wrong > 0 ? "MISS" : "ok",
        },
      ];
    },
  };
}
