export {
  type Caption,
  type Captioner,
  type CaptionOptions,
  type Description,
  describe,
} from "./captioner.ts";
export { checkFinite, checkNumber } from "./check.ts";
export { checkConfigs } from "./check-configs.ts";
export { framesAtOnce, runsInChunks } from "./chunks.ts";
export type { ClipModel, EmbedOptions } from "./clip.ts";
export {
  decodeFrames,
  decodeLatents,
  encodeFrames,
  encodeImages,
  encodePosterior,
  framesToImages,
  imagesPerRun,
  imagesToFrames,
  type Posterior,
} from "./codec.ts";
export {
  type Branch,
  createDenoiser,
  type Denoiser,
  openUNet,
  type Prediction,
} from "./denoiser.ts";
export type { LoopPhase, Phase, ProgressEvent } from "./events.ts";
export { asPhase, follow, type LoopState, resumable } from "./follow.ts";
export { createJob, type Job } from "./job.ts";
export {
  type MethodOptions,
  type MethodSettings,
  planSites,
  resolveMethod,
  type SitePlan,
} from "./method.ts";
export { type Chunk, createModel, type Model, numbersOf, type PlanningModel } from "./model.ts";
export { isLarge, modelBytes, openBytes, weightBytes } from "./model-bytes.ts";
export { describeModel, describeParts, isModelParts, type MadeBy } from "./model-parts.ts";
export { promptIds } from "./prompt-ids.ts";
export { checkCuts, cutsFault, type Scenes, scenesFor, withScenes } from "./scenes.ts";
export { checkVae, decoderOf, type LatentDecoder, type Vae } from "./vae.ts";
export { runsInWindows, windowFor } from "./windows.ts";
