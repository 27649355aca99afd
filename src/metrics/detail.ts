import type { Frame } from "../video/index.ts";

/**
 * Share of a clip's fine detail that another shows: 1 − |∇a − ∇b|² / |∇a|² over differences of neighbouring pixels. 1 where
 * all of it is there, 0 where there is none, below where there is other detail; null for a clip without any.
 */
export function detailKept(a: readonly Frame[], b: readonly Frame[]): number | null {
  let missed = 0;
  let total = 0;
  for (const [f, { data, width, height }] of a.entries()) {
    const other = b[f]!.data;
    for (let y = 0; y < height - 1; y++) {
      for (let k = 3 * y * width; k < 3 * (y * width + width - 1); k++) {
        for (const next of [k + 3, k + 3 * width]) {
          const gradient = data[next]! - data[k]!;
          missed += (gradient - (other[next]! - other[k]!)) ** 2;
          total += gradient ** 2;
        }
      }
    }
  }
  return total === 0 ? null : 1 - missed / total;
}
