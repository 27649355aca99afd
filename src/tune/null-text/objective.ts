import { type NullTextUNet, nullTextUNet } from "../../attention/index.ts";
import type { ScheduleStep } from "../../diffusion/index.ts";
import { gradientName, type Outputs } from "../../graph/index.ts";
import type { Denoiser } from "../../pipeline/index.ts";
import { type FloatTensor, floatTensor } from "../../tensor/index.ts";

/** What a denoising step begins with. */
export interface StepInputs {
  /** [F, C, h, w] */
  readonly latents: FloatTensor;
  /** The unconditional text of the step before [L, D], or each frame's [F, L, D]. */
  readonly text: FloatTensor;
  /** States of the source prompt, of the same shape. */
  readonly source: FloatTensor;
  /** The inversion's latents where the step should lead [F, C, h, w]. */
  readonly target: FloatTensor;
}

/** How far a guided step misses its target, by its unconditional text. */
export interface Objective {
  /** The prediction for the source prompt [F, C, h, w]. */
  readonly conditional: FloatTensor;
  /** The prediction for a text. */
  readonly predict: (text: FloatTensor) => Promise<FloatTensor>;
  /** The mean squared error, per frame the largest; and the gradient of it, or of their sum, like the text. */
  readonly at: (text: FloatTensor) => Promise<{ readonly loss: number; readonly gradient: FloatTensor }>;
}

/** Without a batch of its own: [1, …] → […]. */
const unbatched = ({ shape, data }: FloatTensor): FloatTensor => floatTensor(shape.slice(1), data);

/**
 * What null-text inversion descends at one denoising step (Mokady et al. 2022, Eq. 3). All predictions come from the graph
 * with the gradient: to open a large model in two forms a step would cost more than the gradients that nobody needs.
 */
export async function objectiveOf(
  denoiser: Denoiser,
  { a, b, timestep }: ScheduleStep,
  { latents, source, target }: StepInputs,
  { guidance, checkpointing }: { readonly guidance: number; readonly checkpointing: boolean },
  signal?: AbortSignal,
): Promise<Objective> {
  const share = floatTensor([], Float32Array.of(b * (1 - guidance)));
  const run = (text: FloatTensor, wanted: FloatTensor): Promise<Outputs<NullTextUNet>> =>
    denoiser.outputs(
      {
        name: `null-text ${checkpointing}`,
        build: (component, options) => nullTextUNet(component, options, { checkpointing }),
        feeds: { share, wanted: floatTensor([1, ...latents.shape], wanted.data) },
      },
      [{ latents, text }],
      timestep,
      signal,
    );
  // Where only the prediction counts, what it should be does not.
  const predict = async (text: FloatTensor): Promise<FloatTensor> =>
    unbatched((await run(text, latents)).prediction);
  const conditional = await predict(source);
  // The guided step ends at a·z + b·(u + s·(c − u)), so this is what b·(1 − s)·u should be.
  const wanted = floatTensor(
    latents.shape,
    target.data.map((value, i) => value - a * latents.data[i]! - b * guidance * conditional.data[i]!),
  );
  return {
    conditional,
    predict,
    async at(text) {
      const { losses, [gradientName("text")]: gradient } = await run(text, wanted);
      return { loss: Math.max(...losses.data), gradient: floatTensor(text.shape, gradient.data) };
    },
  };
}
