export {
  ADAMW,
  type AdamWOptions,
  normOf,
  startTraining,
  type TrainedParameters,
  updateParameters,
  valuesOf,
} from "./adamw.ts";
export type { TuneEvent } from "./events.ts";
export { expectedTuningMemory, type TuningTerms } from "./expected-memory.ts";
export { type NullTextOptions, nullText, nullTextGuidance } from "./null-text/index.ts";
export {
  type ClassImages,
  resolveTuning,
  type SampleOptions,
  type TuneOptions,
  type TuneSettings,
} from "./options.ts";
export { checkTunable, tuningKey } from "./prepare-tuning.ts";
export { type TrainableNetwork, trainableNetwork } from "./trainable-network.ts";
export { TRAINED } from "./trained.ts";
export {
  fitsTraining,
  type HeldOutPoint,
  type LossPoint,
  newTraining,
  restoreTraining,
  stateOfTraining,
  type Training,
} from "./training-state.ts";
export { type Tuning, tune } from "./tune.ts";
export { expectedTuned, tunedModel } from "./tuned-checkpoint.ts";
