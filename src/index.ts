/// <reference lib="esnext.disposable" preserve="true" />
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
// The method: clip → inversion → edit.

// What two sentences say, and what is made of it.
export type { AttendRule } from "./attention/index.ts";
export {
  type AnyBaselineOptions,
  ATLAS_WEIGHTS,
  type Atlas,
  type AtlasEditOptions,
  type AtlasEvent,
  type AtlasLayer,
  type AtlasNetworkSize,
  type AtlasNetworks,
  type AtlasOptions,
  type AtlasPictures,
  type AtlasSettings,
  type AtlasTerm,
  BASELINES,
  type BaselineEvent,
  type BaselineMethod,
  type BaselineOptions,
  editByAtlas,
  editByBaseline,
  editByDdim,
  editByNullTextP2p,
  editBySdEdit,
  editByTuneAVideo,
  fitAtlas,
  type NullTextP2pOptions,
  PAPER_ATLAS,
  propagate,
  type SdEditOptions,
  type TuneAVideoOptions,
} from "./baselines/index.ts";
// Models.
export type { WeightPrecision } from "./checkpoint/index.node.ts";
export type { ModelParts, PredictionType, Variant } from "./checkpoint/index.ts";
export {
  type EditEvent,
  type EditJobOptions,
  type EditKnobs,
  type EditMasks,
  type EditResult,
  type EditRun,
  type EditSettings,
  edit,
  type FullSizeOptions,
  fullSize,
  type GivenMask,
  type GivenMasks,
  type GivenRegion,
  type HandMasks,
  type Inversion,
  type InvertOptions,
  invert,
  type LiveEvent,
  type LiveOptions,
  type MaskMode,
  maskAt,
  meanMask,
  type NullText,
  type PlannedEdit,
  type PlannedEditOptions,
  type PlannedRegion,
  type PlannedRegions,
  type PlanTerms,
  PRESET_NAMES,
  type Preset,
  type PresetName,
  planEdit,
  presetOf,
  type RemovalFacts,
  wordMap,
} from "./edit/index.ts";
// Requests, errors, and states that survive a stop.
export type { ErrorCode } from "./error-codes.ts";
export { explainError, FateZeroError } from "./errors.ts";
export type { FrameList, FrameRef } from "./frame-list.ts";
export type { FrameWindow, Windowing } from "./frame-window.ts";
export type { Device, Precision } from "./graph/index.ts";
export {
  type CachedModel,
  type CachedSnapshot,
  cachedModels,
  ensureSnapshot,
  removeCached,
  type Snapshot,
  type SnapshotRequest,
  type VerifiedFile,
  verifyCached,
} from "./hub/index.node.ts";
export { type HubEvent, parseRepository, type Repository, type SnapshotKind } from "./hub/index.ts";
export {
  createFolderStore,
  type FolderStore,
  type FolderStoreOptions,
  type StoredState,
} from "./job/folder-store.ts";
export { loadInversion, saveInversion } from "./job/inversion-file.ts";
// Seeing and judging.
export * from "./judging.ts";
export type { GroupNormScope } from "./model/index.ts";
export {
  type DownloadOptions,
  embeddedModels,
  type LoadCaptionerOptions,
  type LoadClipOptions,
  type LoadOptions,
  loadCaptioner,
  loadClip,
  loadModel,
  loadVae,
  type OpenOptions,
  openPlanningModel,
} from "./pipeline/index.node.ts";
export type {
  Chunk,
  ClipModel,
  EmbedOptions,
  Job,
  LoopPhase,
  MadeBy,
  MethodOptions,
  MethodSettings,
  Model,
  Phase,
  PlanningModel,
  ProgressEvent,
  Scenes,
  Vae,
} from "./pipeline/index.ts";
export {
  type Caption,
  type Captioner,
  type CaptionOptions,
  type Description,
  describe,
} from "./pipeline/index.ts";
export type {
  AddedWord,
  Amplification,
  CrossFusion,
  CrossSteps,
  EditKind,
  EditPlan,
  EditStep,
  FusionWindow,
  MaskWords,
  PlanControl,
  PlanMask,
  PlanPrompt,
  PlanWarning,
  Tokenizer,
  WordName,
  WordTable,
} from "./prompt/index.ts";
export { type EditChange, type EditReading, readEdit } from "./prompt/index.ts";
export {
  type ClipOptions,
  type DescribeRequest,
  type EditMethod,
  type EditRequest,
  type EvalRequest,
  type InvertRequest,
  type JsonSchema,
  jsonSchema,
  type KnobOptions,
  type MapsRequest,
  type MethodOptions as MethodRequest,
  type ModelOptions,
  type NullTextOptions as NullTextRequest,
  type PlanRequest,
  type RankRequest,
  type RequestKind,
  type Requests,
  type RunRequest,
  type SeeingOptions,
  type Sweep,
  type SweptField,
  type Table1Request,
  type TuneRequest,
} from "./request/index.ts";
export type { JobState, StateStore } from "./resume/index.ts";
export type { MemoryMode } from "./runtime/index.ts";
export type { Advice, FieldRef, Move, NameField, Said, Text } from "./say.ts";
export type { FloatTensor, Shape } from "./tensor/index.ts";
// Clips.
export { type SaveTunedOptions, saveTuned } from "./tune/index.node.ts";
export {
  type AdamWOptions,
  type ClassImages,
  type HeldOutPoint,
  type LossPoint,
  type NullTextOptions,
  nullText,
  type SampleOptions,
  TRAINED,
  type TuneEvent,
  type TuneOptions,
  type TuneSettings,
  type Tuning,
  tune,
} from "./tune/index.ts";
export {
  type PlayLike,
  probeVideo,
  type ReadOptions,
  readMetadata,
  readVideo,
  streamVideo,
  type VideoInfo,
  type WriteOptions,
  writeVideo,
} from "./video/index.node.ts";
export {
  type Crop,
  type Frame,
  type FrameRange,
  findCuts,
  fitToModel,
  type GivenFrame,
  type GivenVideo,
  type Kernel,
  type Metadata,
  parseTime,
  resizeFrame,
  type Timing,
  type Video,
  type VideoSource,
  type VideoWarning,
} from "./video/index.ts";
