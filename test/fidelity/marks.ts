/**
 * How closely a float32 re-implementation can agree with the released code, quantity by quantity, when each is computed
 * from the stored inputs of its own step (largest absolute difference).
 */
export const MARKS = {
  textStates: 5e-5,
  alphasCumprod: 1e-6,
  vaeMean: 5e-4,
  /** A prediction of the inversion. */
  inversionEpsilon: 2e-4,
  /** A prediction of the edit; times the largest amplification. */
  editEpsilon: 4e-4,
  /** A DDIM step or blend of latents; times the largest value where that is above 1. */
  latents: 1e-5,
  /** A mask before its threshold, and how near to the threshold a pixel must be to fall on either side. */
  mask: 1e-3,
  attentionMap: 5e-5,
  /** A prediction of a tuning step. */
  prediction: 4e-4,
  /** Relative to the loss. */
  loss: 1e-4,
  /** Of a gradient, relative to its largest value; and relative to the norm of all, which rounding leaves in each. */
  gradient: 1e-3,
  gradientNoise: 3e-6,
  /** Latents after a step of null-text inversion. */
  nullText: 1e-3,
  /** A parameter or text after Adam's steps, relative to the learning rate, which is the most that a step changes it. */
  update: 0.05,
  /** What CLIP sees, beside one level of rounding in the resampler; its embeddings, of length 1; relative to the largest. */
  clipPixels: 1e-5,
  clipEmbedding: 1e-5,
  clipLogits: 2e-4,
  /** The last hidden states of BLIP's vision tower. */
  blipVision: 1e-4,
  /** Pictures in 0…1. */
  frames: 1e-3,
} as const;

/** The mark for latents whose largest value is `largest`. */
export function latentMark(...tensors: readonly { readonly data: Float32Array }[]): number {
  let largest = 1;
  for (const { data } of tensors) for (const value of data) largest = Math.max(largest, Math.abs(value));
  return MARKS.latents * largest;
}
