/**
 * Needleman–Wunsch alignment with gap 0, match +1, mismatch −1 (prompt-to-prompt's seq_aligner.py): for each target item the
 * index of its source item, or −1 where it was inserted. A mismatch is never worth it, so aligned items are equal and a
 * replaced item is a gap on both sides. Ties, seen from the end: insert first, then drop, then match.
 */
export function align<T>(source: readonly T[], target: readonly T[]): number[] {
  const width = target.length + 1;
  const score = new Int32Array((source.length + 1) * width);
  const at = (i: number, j: number) => score[i * width + j] ?? 0;
  const diagonal = (i: number, j: number) => at(i - 1, j - 1) + (source[i - 1] === target[j - 1] ? 1 : -1);
  for (let i = 1; i <= source.length; i++) {
    for (let j = 1; j <= target.length; j++)
      score[i * width + j] = Math.max(at(i, j - 1), at(i - 1, j), diagonal(i, j));
  }
  const sourceOf = new Array<number>(target.length).fill(-1);
  let i = source.length;
  let j = target.length;
  while (i > 0 && j > 0) {
    if (at(i, j) === at(i, j - 1)) j -= 1;
    else if (at(i, j) === at(i - 1, j)) i -= 1;
    else sourceOf[--j] = --i;
  }
  return sourceOf;
}
