import type { Schedule } from "../diffusion/index.ts";
import { type MethodSettings, type Model, numbersOf, type SitePlan } from "../pipeline/index.ts";
import { type JobState, type KeyPart, keyOf } from "../resume/index.ts";
import { float16ToFloat32, float32ToFloat16, floatTensor, slice0 } from "../tensor/index.ts";
import type { Video } from "../video/index.ts";
import type { Inversion } from "./inversion.ts";

/** The first is raised whenever the same input gives other numbers than before; the others are older programs'. */
export const KEY_VERSIONS: readonly number[] = [3, 2, 1];

/** What an inversion's numbers depend on. */
export interface InversionJob {
  readonly model: Model;
  readonly frames: Video["frames"];
  readonly ids: readonly number[];
  readonly schedule: Schedule;
  readonly settings: MethodSettings;
  readonly sites: SitePlan;
}

/** The key of an inversion's state: the frames by their content, so that the same clip from another file has it too. */
export function inversionKey(job: InversionJob, version = KEY_VERSIONS[0]!): Promise<string> {
  const { model, frames, ids, schedule, settings, sites } = job;
  const maps = sites.maps.map(({ path }) => path);
  const parts: KeyPart[] = [version, ...numbersOf(model), ids, schedule.steps.length, settings, maps];
  for (const { width, height, data } of frames) {
    const type = data instanceof Uint8Array ? "8-bit" : "float";
    parts.push(`${width}x${height} ${type}`, data);
  }
  return keyOf("invert", parts);
}

type Trajectory = Pick<Inversion, "steps" | "latents" | "wordMaps">;

/** The first `step` steps of an inversion on its way. */
export function inversionState(
  { steps, latents, wordMaps }: Trajectory,
  step: number,
  title: string,
): JobState {
  const taken = (wordMaps.data.length / steps) * step;
  const maps = float16ToFloat32(wordMaps.data.subarray(0, taken));
  return {
    step,
    steps,
    title,
    tensors: {
      latents: slice0(latents, 0, step + 1),
      ...(taken > 0 ? { word_maps: floatTensor([taken], maps) } : {}),
    },
  };
}

/** Whether a state is one of this inversion. */
export function fitsInversion({ steps, latents, wordMaps }: Trajectory, state: JobState): boolean {
  const { latents: done, word_maps: maps } = state.tensors;
  const taken = (wordMaps.data.length / steps) * state.step;
  return (
    state.steps === steps &&
    state.step >= 0 &&
    state.step <= steps &&
    done?.shape.join() === [state.step + 1, ...latents.shape.slice(1)].join() &&
    (maps?.data.length ?? 0) === taken
  );
}

/** Copies the steps of a state that fits into an inversion. */
export function restoreInversion({ latents, wordMaps }: Trajectory, { tensors }: JobState): void {
  const { latents: done, word_maps: maps } = tensors;
  latents.data.set(done!.data);
  // Half floats survive the way through float32 unchanged.
  if (maps) wordMaps.data.set(float32ToFloat16(maps.data));
}
