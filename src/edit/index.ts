export { checkConfigs } from "./check-configs.ts";
export { checkModel, describeParts } from "./check-model.ts";
export { decodeLatents, encodeImages, framesToImages, imagesToFrames } from "./codec.ts";
export { type Branch, createDenoiser, type Denoiser, type FusedStep, type Prediction } from "./denoiser.ts";
export { type EditResult, edit } from "./edit.ts";
export type { Phase, ProgressEvent } from "./events.ts";
export { framesOf, type Inversion, latentsAt, stateBytes, wordMap } from "./inversion.ts";
export { loadInversion, saveInversion } from "./inversion-file.node.ts";
export { type InvertOptions, invert } from "./invert.ts";
export type { Job } from "./job.ts";
export type { EditMasks } from "./kept-masks.ts";
export { blendLatents, latentMask, maskOfWords, selfMasks } from "./masks.ts";
export { type LoadOptions, loadModel, type Model, modelFromCheckpoint } from "./model.node.ts";
export { type EditJobOptions, type EditSettings, type PlannedEdit, planEdit } from "./plan-edit.ts";
export { atStrength, PRESET_NAMES, type Preset, type PresetName, presetFor } from "./presets.ts";
export { promptIds } from "./prompt-ids.ts";
export {
  type MethodOptions,
  type MethodSettings,
  planSites,
  resolveMethod,
  type SitePlan,
} from "./settings.ts";
export {
  judgeEdit,
  judgeInversion,
  type Measurements,
  VERDICT_LIMITS,
  type Verdict,
  type VerdictCode,
} from "./verdict.ts";
export {
  type CheckedFrames,
  decodeSource,
  measureEdit,
  trajectoryDrift,
  vaePsnr,
} from "./verdict-measure.ts";
export { isForeign, knownWords, sceneFidelity, unknownWords } from "./verdict-model.ts";
