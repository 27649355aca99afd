import { align } from "./align.ts";

/** Where each of L target positions reads its attention from. */
export interface RefineMap {
  /** Source position per target position; −1: none. */
  readonly mapper: Int32Array;
  /** 1 where there is a source position, else 0. */
  readonly alphas: Float32Array;
}

/**
 * The released code's refinement mapper (seq_aligner.py, `get_mapper`), from unpadded ids with their begin and end marks.
 * Positions after the target's end read the same position of the source, also where that still holds a word of it.
 */
export function refineMap(source: readonly number[], target: readonly number[], length: number): RefineMap {
  const aligned = align(source, target);
  return mapOf(length, (n) => {
    const from = n < target.length ? (aligned[n] ?? -1) : n;
    return from < length ? from : -1;
  });
}

/** A refine map from a function of the target position. */
export function mapOf(length: number, sourceOf: (position: number) => number): RefineMap {
  const mapper = Int32Array.from({ length }, (_, n) => sourceOf(n));
  return { mapper, alphas: Float32Array.from(mapper, (from) => (from === -1 ? 0 : 1)) };
}

/** The L×L matrix of a refine map: column n has a single 1, at its source position, or none. */
export function matrixOf({ mapper }: RefineMap): Float32Array {
  const length = mapper.length;
  const matrix = new Float32Array(length * length);
  mapper.forEach((from, n) => {
    if (from !== -1) matrix[from * length + n] = 1;
  });
  return matrix;
}
