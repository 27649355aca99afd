import { type FloatTensor, sizeOf } from "../tensor/index.ts";

/** AdamW (Loshchilov & Hutter 2019) with gradients clipped to a norm. */
export interface AdamWOptions {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Taken off a parameter at every update, as a share of it: learning rate × this. */
  readonly weightDecay: number;
  /** Norm of all gradients together above which they are scaled down to it. */
  readonly maxGradNorm: number;
}

/** What the released code trains with (train_tune_a_video.py), its learning rate aside. */
export const ADAMW: Omit<AdamWOptions, "learningRate"> = {
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 1e-2,
  maxGradNorm: 1,
};

/** A parameter with its running averages; all are written over in place. */
export interface Trained {
  readonly value: FloatTensor;
  /** Of its gradients and of their squares. */
  readonly first: Float32Array;
  readonly second: Float32Array;
  /** Updates it has had: one that has no gradient yet is left alone. */
  updates: number;
}

export type TrainedParameters = ReadonlyMap<string, Trained>;

/** Begins to train a parameter; its value is copied. */
export function startTraining({ shape, data }: FloatTensor): Trained {
  const size = sizeOf(shape);
  return {
    value: { dtype: "float32", shape, data: data.slice() },
    first: new Float32Array(size),
    second: new Float32Array(size),
    updates: 0,
  };
}

/** The values as they are now, by name. */
export function valuesOf(parameters: TrainedParameters): Readonly<Record<string, FloatTensor>> {
  return Object.fromEntries([...parameters].map(([name, { value }]) => [name, value]));
}

export type Gradients = ReadonlyMap<string, FloatTensor>;

/** The norm of all gradients together. */
export function normOf(gradients: Gradients): number {
  let sum = 0;
  for (const { data } of gradients.values()) for (const value of data) sum += value * value;
  return Math.sqrt(sum);
}

/**
 * One update of every parameter that has a gradient; one without is as if its gradient were zero if `withoutGradient` is
 * "decay" and it had one before, and else left alone. `norm` is that of all gradients together.
 */
export function updateParameters(
  parameters: TrainedParameters,
  gradients: Gradients,
  norm: number,
  { learningRate, beta1, beta2, epsilon, weightDecay, maxGradNorm }: AdamWOptions,
  withoutGradient: "keep" | "decay" = "keep",
): void {
  const clip = Math.min(1, maxGradNorm / (norm + 1e-6));
  for (const [name, parameter] of parameters) {
    const gradient = gradients.get(name)?.data;
    if (!gradient && (withoutGradient === "keep" || parameter.updates === 0)) continue;
    parameter.updates++;
    const { value, first, second, updates } = parameter;
    const { data } = value;
    const rate = learningRate / (1 - beta1 ** updates);
    const unbiased = Math.sqrt(1 - beta2 ** updates);
    const kept = 1 - learningRate * weightDecay;
    for (let i = 0; i < data.length; i++) {
      const g = gradient ? gradient[i]! * clip : 0;
      const m = beta1 * first[i]! + (1 - beta1) * g;
      const v = beta2 * second[i]! + (1 - beta2) * g * g;
      first[i] = m;
      second[i] = v;
      data[i] = data[i]! * kept - (rate * m) / (Math.sqrt(v) / unbiased + epsilon);
    }
  }
}
