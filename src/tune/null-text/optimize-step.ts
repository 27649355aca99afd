import { ddimStep, guide, type ScheduleStep } from "../../diffusion/index.ts";
import type { Denoiser } from "../../pipeline/index.ts";
import { type FloatTensor, floatTensor } from "../../tensor/index.ts";
import { createAdam } from "./adam.ts";
import { objectiveOf, type StepInputs } from "./objective.ts";

/** How every denoising step is optimised. */
export interface StepOptions {
  /** Guidance scale s. */
  readonly guidance: number;
  /** Adam's steps at most. */
  readonly iterations: number;
  /** The loss below which the noisiest step is good enough; see `stopBelow`. */
  readonly earlyStop: number;
  readonly checkpointing: boolean;
}

export interface OptimizedStep {
  /** The optimised unconditional text, as `StepInputs` had it. */
  readonly text: FloatTensor;
  /** Latents after the step, guided with that text. */
  readonly latents: FloatTensor;
  /** The loss before each of Adam's steps. */
  readonly losses: readonly number[];
}

/** Adam's learning rate at a denoising step, as the authors' code has it; beyond their 50 steps it stays above 0. */
export const learningRate = (index: number): number => 1e-2 * (1 - Math.min(index, 99) / 100);

/** The loss below which a denoising step is good enough, as in the authors' code: more is let pass near the clean end. */
const stopBelow = (earlyStop: number, index: number): number => earlyStop + index * 2e-5;

/**
 * One denoising step of null-text inversion (Mokady et al. 2022, Alg. 1): a few steps of Adam on the unconditional text,
 * until the guided DDIM step leads from the latents to the inversion's next ones; then that step.
 */
export async function optimizeStep(
  denoiser: Denoiser,
  step: ScheduleStep,
  inputs: StepInputs,
  options: StepOptions,
  signal?: AbortSignal,
): Promise<OptimizedStep> {
  const { guidance, iterations, earlyStop } = options;
  const { conditional, predict, at } = await objectiveOf(denoiser, step, inputs, options, signal);
  const text = floatTensor(inputs.text.shape, inputs.text.data.slice());
  const adam = createAdam(learningRate(step.index), text.data.length);
  const losses: number[] = [];
  while (losses.length < iterations) {
    const { loss, gradient } = await at(text);
    losses.push(loss);
    adam(text.data, gradient.data);
    // The authors judge after the update, by the loss before it.
    if (loss < stopBelow(earlyStop, step.index)) break;
  }
  const predictions = [await predict(text), conditional];
  return { text, latents: ddimStep(step, inputs.latents, guide(predictions, guidance)), losses };
}
