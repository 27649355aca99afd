import type { NamedWeights, WeightInfo } from "../types.ts";

/**
 * The running averages of a training, which some files hold beside the weights themselves, as
 * `model_ema.diffusion_modelinput_blocks00weight`: the name without its dots. The folders on the hub hold the averages.
 * Null where the file has not all of them.
 */
export function averagedWeights(
  unet: NamedWeights,
  file: NamedWeights,
  prefix = "model_ema.diffusion_model",
): NamedWeights | null {
  const averaged = new Map<string, WeightInfo>();
  for (const name of unet.keys()) {
    const average = file.get(prefix + name.replaceAll(".", ""));
    if (!average) return null;
    averaged.set(name, average);
  }
  return averaged.size > 0 ? averaged : null;
}
