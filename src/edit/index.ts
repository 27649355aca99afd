export { checkModel } from "./check-model.ts";
export { type EditResult, edit } from "./edit.ts";
export { clipFacts, framesOf, type Inversion, latentsAt, stateBytes, wordMap } from "./inversion.ts";
export { type InvertOptions, invert } from "./invert.ts";
export { type EditMasks, meanMask } from "./kept-masks.ts";
export { blendLatents, latentMask, maskOfWords, selfMasks } from "./masks.ts";
export { type EditJobOptions, type EditSettings, type PlannedEdit, planEdit } from "./plan-edit.ts";
export { atStrength, PRESET_NAMES, type Preset, type PresetName, presetFor } from "./presets.ts";
