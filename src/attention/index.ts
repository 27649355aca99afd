export {
  type FrameChunk,
  type FrameReach,
  frameAxis,
  frameReach,
  marginOf,
  mostCarried,
  planChunks,
  wholeChunk,
} from "./chunks.ts";
export { type DeepForm, sitesOfForm } from "./deep-feature.ts";
export {
  type AttendRule,
  frameIndices,
  frameListFault,
  framesOfSite,
  type Scene,
  scenesOf,
} from "./frames.ts";
export { type MaskName, maskName, maskPorts, type SelfFusion } from "./fused.ts";
export { resizeNearest, softMask, sumOfTokens, threshold, unionOf } from "./mask.ts";
export { type NullTextUNet, nullTextUNet } from "./null-text-unet.ts";
export { type AttentionContext, gatherFrames } from "./plain.ts";
export { regionName, unseenName } from "./regions.ts";
export { type SourceName, sourceName } from "./source-states.ts";
export {
  type TrainingOptions,
  type TrainingPorts,
  type TrainingUNet,
  trainingUNet,
} from "./training-unet.ts";
export {
  buildUNet,
  type CutUNet,
  type FusedUNet,
  fusedUNet,
  type PlainUNet,
  plainUNet,
  type UNetGraphOptions,
  type UNetPorts,
  unetPorts,
} from "./unet-graphs.ts";
export { joinFrames, mostInWindow, planWindows } from "./windows.ts";
export {
  compatWordMapSites,
  findCompatSites,
  MAX_FUSED_POSITIONS,
  positionsOf,
  wordMapSites,
} from "./word-maps.ts";
