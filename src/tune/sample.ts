import { createSchedule, ddimStep, guide } from "../diffusion/index.ts";
import { checkFinite, decodeFrames, type Model } from "../pipeline/index.ts";
import { type FloatTensor, floatTensor, randomSource, slice0 } from "../tensor/index.ts";
import type { Frame } from "../video/index.ts";
import type { TrainedParameters } from "./adamw.ts";
import type { Network } from "./network.ts";

/** How a sample is drawn. */
interface Drawing {
  readonly model: Model;
  readonly network: Network;
  readonly parameters: TrainedParameters;
  /** States [L, D] of the empty prompt and of the sample's. */
  readonly texts: { readonly unconditional: FloatTensor; readonly prompt: FloatTensor };
  /** Shape of the latents, [F, C, h, w]. */
  readonly shape: readonly number[];
  readonly seed: number;
}

const STEPS = 20;
/** The released code's, for its own samples on the way. */
const GUIDANCE = 7.5;

/** Draws a clip from noise with the weights as they are: 20 DDIM steps with the model's guidance, always from the same noise. */
export async function drawSample(
  { model, network, parameters, texts, shape, seed }: Drawing,
  signal?: AbortSignal,
): Promise<readonly Frame[]> {
  const guidance = model.checkpoint.settings?.presets?.shape?.guidance ?? GUIDANCE;
  let z = randomSource(seed, "sample").normal(shape);
  for (const step of createSchedule(model.checkpoint.scheduler, STEPS).steps) {
    const both = [texts.unconditional, texts.prompt];
    const prediction = await network.predict(z, step.timestep, both, parameters, signal);
    const [free, conditional] = [0, 1].map((i) => floatTensor(shape, slice0(prediction, i, i + 1).data));
    z = ddimStep(step, z, guide([free!, conditional!], guidance));
    checkFinite(z, "a sample", step.index + 1, step.timestep);
  }
  return await decodeFrames(model, z, { signal });
}
