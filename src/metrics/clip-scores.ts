import { FateZeroError } from "../errors.ts";
import type { FloatTensor } from "../tensor/index.ts";

/** Embeddings of frames or texts by `loadClip`: [count, width]. */
type Embeddings = FloatTensor;

/** How far apart two embeddings of one picture may be by rounding; what is nearer has not changed. */
const UNCHANGED = 1e-5;

function rowsOf({ shape, data }: Embeddings): Float32Array[] {
  const [count, width] = shape as [number, number];
  return Array.from({ length: count }, (_, i) => data.subarray(i * width, (i + 1) * width));
}

function checkCount(what: string, { shape }: Embeddings, count: number): void {
  if (shape[0] === count) return;
  throw new FateZeroError(
    "bad-argument",
    `There are embeddings of ${shape[0]} ${what}, where ${count} were expected.`,
    "Embed as many as are compared.",
  );
}

function checkWidth(...all: readonly Embeddings[]): void {
  const width = all[0]!.shape[1];
  const other = all.find(({ shape }) => shape.length !== 2 || shape[1] !== width);
  if (!other) return;
  throw new FateZeroError(
    "bad-argument",
    `Embeddings of the shapes [${all[0]!.shape.join(", ")}] and [${other.shape.join(", ")}] do not compare.`,
    "Take all embeddings from one CLIP.",
  );
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

const lengthOf = (a: ArrayLike<number>): number => Math.sqrt(dot(a, a));
const cosine = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  dot(a, b) / (lengthOf(a) * lengthOf(b));
const meanOf = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
const difference = (to: Float32Array, from: Float32Array): Float64Array =>
  Float64Array.from(to, (value, i) => value - from[i]!);

/**
 * Temporal consistency, the paper's Tem-Con (§4.3): the mean cosine of the embeddings of consecutive frames, −1…1, in
 * practice 0.8…1. Higher is steadier; a still picture has 1. Null for one frame, where the released script divides by 0.
 */
export function temporalConsistency(frames: FloatTensor): number | null {
  checkWidth(frames);
  const rows = rowsOf(frames);
  return meanOf(rows.slice(1).map((row, i) => cosine(rows[i]!, row)));
}

/**
 * Frame accuracy, the paper's Frame-Acc (§4.3): the share of frames that CLIP takes for the target prompt rather than the
 * source prompt, 0…1. Of two prompts the softmax of 100·cosine is higher where the cosine is. compat counts a tie as the
 * released script does: for the target. Null without frames.
 */
export function frameAccuracy(
  frames: FloatTensor,
  source: FloatTensor,
  target: FloatTensor,
  { compat }: { readonly compat?: "fatezero" } = {},
): number | null {
  checkWidth(frames, source, target);
  checkCount("source prompts", source, 1);
  checkCount("target prompts", target, 1);
  return meanOf(
    rowsOf(frames).map((frame) => {
      const [toTarget, toSource] = [cosine(frame, target.data), cosine(frame, source.data)];
      return Number(compat ? toTarget >= toSource : toTarget > toSource);
    }),
  );
}

/**
 * CLIP text score: the mean cosine of frames and target prompt, −1…1 (CLIPScore of Hessel et al. 2021 without its factor of
 * 2.5); of ViT-B/32 in practice 0.2…0.35. Null without frames.
 */
export function clipTextScore(frames: FloatTensor, target: FloatTensor): number | null {
  checkWidth(frames, target);
  checkCount("target prompts", target, 1);
  return meanOf(rowsOf(frames).map((frame) => cosine(frame, target.data)));
}

/**
 * Directional CLIP similarity (Gal et al. 2022, StyleGAN-NADA, eq. 1 and 2): the mean cosine of the way from each source
 * frame to its edit and the way from the source prompt to the target prompt, −1…1. A frame that did not change counts 0.
 * Null where the prompts mean the same to CLIP, or without frames.
 */
export function directionalSimilarity(
  sourceFrames: FloatTensor,
  editedFrames: FloatTensor,
  source: FloatTensor,
  target: FloatTensor,
): number | null {
  checkWidth(sourceFrames, editedFrames, source, target);
  checkCount("source prompts", source, 1);
  checkCount("target prompts", target, 1);
  checkCount("edited frames", editedFrames, sourceFrames.shape[0]!);
  const wanted = difference(target.data, source.data);
  if (lengthOf(wanted) < UNCHANGED) return null;
  const edited = rowsOf(editedFrames);
  return meanOf(
    rowsOf(sourceFrames).map((row, i) => {
      const change = difference(edited[i]!, row);
      return lengthOf(change) < UNCHANGED ? 0 : cosine(change, wanted);
    }),
  );
}
