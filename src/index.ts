/**
 * FateZero in TypeScript: edits a video by two sentences with a pretrained Stable Diffusion model.
 *
 * @example
 * import { edit, invert, loadModel, readVideo, writeVideo } from "fatezero";
 *
 * const model = await loadModel("tinytown");
 * const clip = await readVideo("examples/car.mp4", { frames: 8 });
 * const inversion = await invert(model, clip, { prompt: "a red car on a road under a blue sky" });
 * const result = await edit(model, inversion, { prompt: "a blue car on a road under a blue sky" });
 * await writeVideo("blue.mp4", result.frames, { like: clip });
 *
 * @module
 */
export type { FrameList } from "./attention/index.ts";
export {
  type EditJobOptions,
  type EditKnobs,
  type EditResult,
  type EditSettings,
  edit,
  type Inversion,
  type InvertOptions,
  invert,
  type PlannedEdit,
  type PlannedEditOptions,
  type PlanTerms,
  type PresetName,
  planEdit,
} from "./edit/index.ts";
export { FateZeroError } from "./errors.ts";
export {
  createFolderStore,
  type FolderStore,
  type FolderStoreOptions,
  type StoredState,
} from "./job/folder-store.ts";
export { loadInversion, saveInversion } from "./job/inversion-file.ts";
export { type LoadOptions, loadModel, openPlanningModel } from "./pipeline/index.node.ts";
export type { Job, Model, PlanningModel, ProgressEvent } from "./pipeline/index.ts";
export type {
  Amplification,
  CrossSteps,
  EditKind,
  EditPlan,
  FusionWindow,
  MaskWords,
  PlanWarning,
  WordTable,
} from "./prompt/index.ts";
export { type EditChange, type EditReading, readEdit } from "./prompt/index.ts";
export { type JsonSchema, jsonSchema, type RequestKind } from "./request/index.ts";
export type { JobState, StateStore } from "./resume/index.ts";
export type { Advice, Text } from "./say.ts";
export type { FloatTensor } from "./tensor/index.ts";
export { type ReadOptions, readVideo, type WriteOptions, writeVideo } from "./video/index.node.ts";
export type { Frame, Video } from "./video/index.ts";
