/** The paper's page: inversion, and the edit that fuses its attention (docs/algorithm.md). */
export { checkIsInversion, checkIsModel, checkPrompt } from "./check-call.ts";
export { checkModel } from "./check-model.ts";
export { denoiseEdit, edit } from "./edit.ts";
export { expectedMemory, hostBytes, type MemoryTerms } from "./expected-memory.ts";
export type { EditResult } from "./finish-edit.ts";
export { fitFrames } from "./fit-frames.ts";
export { type FullSizeOptions, fullSize, intoOriginals } from "./full-size.ts";
export { keepsOriginal } from "./full-size-mask.ts";
export { denoiseFused, type FusedStep } from "./fused-branches.ts";
export {
  type GivenMask,
  type GivenMasks,
  type GivenRegion,
  type HandMasks,
  type MaskMode,
  maskOfFrames,
} from "./given-mask.ts";
export { guidedSteps } from "./guided-steps.ts";
export { maskShapeDiffers, sameShape } from "./hand-mask.ts";
export { meanOfWords } from "./hole.ts";
export {
  clipFacts,
  framesOf,
  type Inversion,
  latentsAt,
  type NullText,
  nullTextAt,
  recordStep,
  stateBytes,
  wordMap,
} from "./inversion.ts";
export { type InvertOptions, invert, invertLatents } from "./invert.ts";
export { type EditMasks, maskAt, meanMask } from "./kept-masks.ts";
export type { EditJobOptions, EditKnobs, EditRun, EditSettings } from "./knobs.ts";
export type { EditEvent, LiveEvent, LiveOptions } from "./live.ts";
export type { Marks } from "./marks.ts";
export { blendLatents, latentMask, maskOfWords, masksByLevel } from "./masks.ts";
export { makesTarget } from "./own-target.ts";
export { type PlannedEditOptions, type PlanTerms, planEdit } from "./plan-edit.ts";
export {
  type PlannedEdit,
  type PlannedRegion,
  type PlannedRegions,
  pastesSource,
  targetsOf,
} from "./planned-edit.ts";
export { prepareEdit } from "./prepare-edit.ts";
export type { PreparedEdit } from "./prepared-edit.ts";
export { PRESET_NAMES, type Preset, type PresetName, presetOf } from "./presets.ts";
export type { RemovalFacts } from "./removal.ts";
export { checkReuse, SHALLOW_WORK, wholeSteps } from "./reuse-deep.ts";
export { denoiserOf } from "./source-states.ts";
