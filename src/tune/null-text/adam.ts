/** Decay of the mean of the gradients and of their squares, and what is added to the root of the latter. */
const [BETA1, BETA2, EPSILON] = [0.9, 0.999, 1e-8];

/** Moves values against a gradient, in place. */
export type Optimizer = (values: Float32Array, gradient: Float32Array) => void;

/** Adam (Kingma & Ba 2015) with PyTorch's defaults, at the beginning of its way. */
export function createAdam(rate: number, size: number): Optimizer {
  const mean = new Float32Array(size);
  const square = new Float32Array(size);
  let step = 0;
  return (values, gradient) => {
    step++;
    const length = rate / (1 - BETA1 ** step);
    const root = Math.sqrt(1 - BETA2 ** step);
    for (const [i, g] of gradient.entries()) {
      mean[i] = BETA1 * mean[i]! + (1 - BETA1) * g;
      square[i] = BETA2 * square[i]! + (1 - BETA2) * g * g;
      values[i] = values[i]! - (length * mean[i]!) / (Math.sqrt(square[i]!) / root + EPSILON);
    }
  };
}
