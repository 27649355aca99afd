import { type LoopState, type Model, numbersOf } from "../pipeline/index.ts";
import type { EditPlan } from "../prompt/index.ts";
import { type JobState, type KeyPart, keyOf } from "../resume/index.ts";
import { type FloatTensor, floatTensor, slice0 } from "../tensor/index.ts";
import { type Inversion, latentsAt } from "./inversion.ts";
import type { EditRun } from "./knobs.ts";
import type { PlannedEdit } from "./planned-edit.ts";
import type { PreparedEdit } from "./prepared-edit.ts";

/** To be raised whenever the same input gives other numbers than before. */
const VERSION = 4;

/** What a plan fuses, step by step. */
function partsOf({ steps }: EditPlan): KeyPart[] {
  return steps.flatMap(({ cross, self }) => [`${self}`, ...(cross ? [cross.A, cross.b] : [null])]);
}

/** The key of an edit's state: the plan by what it makes the model compute, however it was asked for. */
export function editKey(
  model: Model,
  inversion: Inversion,
  { plan, settings, hand, regions, removes }: PlannedEdit,
  { keepTrajectory = false }: EditRun,
): Promise<string> {
  const { latents, wordMaps, nullText, ids, settings: method } = inversion;
  const layers = model.checkpoint.settings?.wordMapLayers ?? null;
  const parts: KeyPart[] = [VERSION, ...numbersOf(model), ids, method, plan.target.ids, plan.mask, settings];
  parts.push({ keepTrajectory, layers }, latents.data, wordMaps.data);
  if (removes) parts.push("removal");
  if (nullText) parts.push(nullText.embeddings.shape, nullText.embeddings.data);
  if (hand) {
    parts.push(hand.mode);
    for (const mask of [hand.mask, hand.protect]) parts.push(mask?.shape ?? null, mask?.data ?? null);
  }
  parts.push(...partsOf(plan));
  if (regions) parts.push(regions.keepsRest ? "rest kept" : regions.restGuidance);
  for (const { mask, masksSelf, ...region } of regions?.list ?? []) {
    parts.push(region.plan.target.ids, region.plan.mask, region.settings, `${masksSelf}`);
    parts.push(mask?.shape ?? null, mask?.data ?? null, ...partsOf(region.plan));
  }
  return keyOf("edit", parts);
}

/** An edit after some of its steps: all that its loop remembers. */
export interface EditState extends LoopState {
  /** The target words' maps [F, h, w], summed over the steps so far, where the latent blend needs them. */
  readonly targetMaps: FloatTensor | null;
}

/** Where an edit begins: at the noisiest latents of the inversion, or what a removal makes of them, or where an earlier run of it was. */
export function firstState(
  inversion: Inversion,
  kept: JobState | null,
  start: FloatTensor = latentsAt(inversion, inversion.steps),
): EditState {
  if (!kept) return { step: 0, latents: start, targetMaps: null };
  return { step: kept.step, latents: kept.tensors.latents!, targetMaps: kept.tensors.target_maps ?? null };
}

/** The latents of every step of an edit, as they come. */
export interface Trajectory {
  /** [T+1, F, C, h, w] in the order of an inversion's, of which the noisiest are known. */
  readonly latents: FloatTensor;
  add(state: EditState): void;
}

export function trajectoryOf(inversion: Inversion, first: EditState, kept: JobState | null): Trajectory {
  const { steps, latents: like } = inversion;
  const latents = floatTensor(like.shape);
  const put = (step: number, data: Float32Array): void =>
    latents.data.set(data, (steps - step) * first.latents.data.length);
  put(first.step, (kept?.tensors.trajectory ?? first.latents).data);
  return { latents, add: (state) => put(state.step, state.latents.data) };
}

/** What is kept of an edit in one of its states. */
export function stateOf(
  { steps }: Inversion,
  title: string,
  { difference }: Pick<PreparedEdit, "difference">,
  whole: FloatTensor | null,
  { step, latents, targetMaps }: EditState,
  trajectory: Trajectory | null,
): JobState {
  return {
    ...{ step, steps, title },
    tensors: {
      latents,
      ...(targetMaps ? { target_maps: targetMaps } : {}),
      ...(difference ? { difference } : {}),
      ...(whole ? { whole_latents: whole } : {}),
      ...(trajectory ? { trajectory: slice0(trajectory.latents, steps - step, steps + 1) } : {}),
    },
  };
}

/** Whether a state is one of an edit of this inversion. */
export function fitsEdit({ latents, steps }: Inversion, state: JobState): boolean {
  const shape = latents.shape.slice(1).join();
  return (
    state.steps === steps &&
    state.step >= 0 &&
    state.step <= steps &&
    state.tensors.latents?.shape.join() === shape &&
    (state.tensors.whole_latents?.shape.join() ?? shape) === shape
  );
}
