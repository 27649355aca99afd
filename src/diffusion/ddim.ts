import type { PredictionType } from "../checkpoint/index.ts";
import { type FloatTensor, floatTensor } from "../tensor/index.ts";

/** The two numbers of a deterministic DDIM step between two noise levels: z ← a·z + b·p. */
export interface DdimCoefficients {
  readonly a: number;
  readonly b: number;
}

/**
 * The step from the level ᾱ = `from` to ᾱ = `to` (Song et al. 2021, Eq. 12 with σ = 0), in either direction. With
 * x₀ and ε as the prediction p implies them, z' = √to·x₀ + √(1−to)·ε is linear in z and p, for ε and v alike:
 *
 *     ε:  x₀ = (z − √(1−from)·p) / √from,        ε = p
 *     v:  x₀ = √from·z − √(1−from)·p,            ε = √from·p + √(1−from)·z
 */
export function ddimCoefficients(prediction: PredictionType, from: number, to: number): DdimCoefficients {
  const [signal, noise] = [Math.sqrt(from), Math.sqrt(1 - from)];
  const [signalTo, noiseTo] = [Math.sqrt(to), Math.sqrt(1 - to)];
  switch (prediction) {
    case "epsilon": {
      const a = signalTo / signal;
      return { a, b: noiseTo - a * noise };
    }
    case "v_prediction":
      return { a: signalTo * signal + noiseTo * noise, b: noiseTo * signal - signalTo * noise };
  }
}

/** a·z + b·p, of any one shape: latents `z` a step on, given the network's prediction `p` for them. */
export function ddimStep({ a, b }: DdimCoefficients, z: FloatTensor, p: FloatTensor): FloatTensor {
  return floatTensor(
    z.shape,
    z.data.map((value, i) => a * value + b * p.data[i]!),
  );
}

/**
 * Classifier-free guidance (Ho & Salimans 2022): unconditional + scale · (conditional − unconditional). A conditional
 * prediction alone is passed on.
 */
export function guide(predictions: readonly FloatTensor[], scale: number): FloatTensor {
  const conditional = predictions.at(-1)!;
  if (predictions.length === 1) return conditional;
  const { data: free } = predictions[0]!;
  return floatTensor(
    conditional.shape,
    conditional.data.map((value, i) => free[i]! + scale * (value - free[i]!)),
  );
}
