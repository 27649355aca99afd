export { type BlipConfig, type BlipImageGraph, type BlipTextGraph, blipConfig, blipGraphs } from "./blip.ts";
export {
  type ClipConfig,
  type ClipImageGraph,
  type ClipWordsGraph,
  clipConfig,
  clipGraphs,
} from "./clip.ts";
export {
  type ClipTextConfig,
  clipTextConfig,
  clipTextGraph,
  type TextGraph,
  textFeeds,
} from "./clip-text.ts";
export {
  CheckpointMismatchError,
  type Params,
  type ParamsOptions,
  readParams,
  type WeightProblem,
} from "./params.ts";
export {
  type AttentionSite,
  attentionSites,
  type DeepCut,
  type GroupNormScope,
  isDeepWeight,
  type SpatialAttention,
  type UNetConfig,
  type UNetContext,
  unet,
  unetConfig,
} from "./unet/index.ts";
export {
  type VaeConfig,
  type VaeDecoderGraph,
  type VaeEncoderGraph,
  vaeConfig,
  vaeGraphs,
} from "./vae/index.ts";
