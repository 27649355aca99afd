/**
 * Intersection over union of two masks of one size (a clip's: all frames in a row), 0…1, equal ones 1. Values from 0 to 1;
 * a pixel belongs to a mask from 0.5 on. Null for two empty masks.
 */
export function maskIou(a: ArrayLike<number>, b: ArrayLike<number>): number | null {
  let both = 0;
  let either = 0;
  for (let i = 0; i < a.length; i++) {
    const inA = a[i]! >= 0.5;
    const inB = b[i]! >= 0.5;
    if (inA && inB) both++;
    if (inA || inB) either++;
  }
  return either === 0 ? null : both / either;
}
