import { floatTensor } from "../../../src/tensor/index.ts";
import type { Recorded, Tensors } from "./recorded.ts";

/** The parameters after the first step of AdamW (Loshchilov & Hutter 2019), gradients clipped to a norm before. */
export function firstStep(
  { parameters, optimizer, maxNorm }: Pick<Recorded, "parameters" | "optimizer" | "maxNorm">,
  gradients: Tensors,
  norm: number,
): Tensors {
  const { lr, eps, weight_decay: decay } = optimizer;
  const clip = Math.min(1, maxNorm / (norm + 1e-6));
  return new Map(
    [...parameters].map(([name, parameter]) => {
      const gradient = gradients.get(name);
      if (!gradient) return [name, parameter];
      // After one step both moments, freed of their bias, are the gradient's and its square.
      const moved = parameter.data.map((value, i) => {
        const g = gradient.data[i]! * clip;
        return value * (1 - lr * decay) - (lr * g) / (Math.abs(g) + eps);
      });
      return [name, floatTensor(parameter.shape, moved)];
    }),
  );
}
