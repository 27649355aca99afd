import type { Model } from "../pipeline/index.ts";
import { type JobState, type KeyPart, keyOf } from "../resume/index.ts";
import { type FloatTensor, slice0 } from "../tensor/index.ts";
import { framesOf, type Inversion } from "./inversion.ts";
import type { EditJobOptions, PlannedEdit } from "./plan-edit.ts";

/** To be raised whenever the same input gives other numbers than before. */
const VERSION = 1;

/** The key of an edit's state: the plan by what it makes the model compute, however it was asked for. */
export function editKey(
  model: Model,
  inversion: Inversion,
  { plan, settings }: PlannedEdit,
  options: EditJobOptions,
): Promise<string> {
  const { latents, wordMaps, ids, settings: method } = inversion;
  const { negative = "", maskSelfAttention = true, fuseLayers = "auto", keepTrajectory = false } = options;
  const layers = model.checkpoint.settings?.wordMapLayers ?? null;
  const parts: KeyPart[] = [VERSION, model.fingerprint, ids, method, plan.target.ids, plan.mask, settings];
  parts.push({ negative, maskSelfAttention, fuseLayers, keepTrajectory, layers });
  parts.push(latents.data, wordMaps.data);
  for (const { cross, self } of plan.steps) {
    parts.push(`${self}`, ...(cross ? [cross.A, cross.b] : [null]));
  }
  return keyOf("edit", parts);
}

/** Where an edit is. */
interface EditProgress {
  readonly latents: FloatTensor;
  /** The target words' maps, summed over the steps so far, where the latent blend needs them. */
  readonly targetMaps: FloatTensor | null;
  readonly difference: FloatTensor | null;
  /** [T+1, F, C, h, w] of which the noisiest are known. */
  readonly trajectory: FloatTensor | null;
}

/** The state of an edit after `step` steps. */
export function editState(
  inversion: Inversion,
  target: string,
  { latents, targetMaps, difference, trajectory }: EditProgress,
  step: number,
): JobState {
  const { steps } = inversion;
  return {
    step,
    steps,
    title: `edit of ${framesOf(inversion)} frames to "${target}"`,
    tensors: {
      latents,
      ...(targetMaps ? { target_maps: targetMaps } : {}),
      ...(difference ? { difference } : {}),
      ...(trajectory ? { trajectory: slice0(trajectory, steps - step, steps + 1) } : {}),
    },
  };
}

/** Whether a state is one of an edit of this inversion. */
export function fitsEdit({ latents, steps }: Inversion, state: JobState): boolean {
  return (
    state.steps === steps &&
    state.step >= 0 &&
    state.step <= steps &&
    state.tensors.latents?.shape.join() === latents.shape.slice(1).join()
  );
}
