export { type TextFeeds, textFeeds } from "./added-words.ts";
export { type ClipTextConfig, clipTextConfig, clipTextGraph } from "./clip-text.ts";
export { CheckpointMismatchError, type Params, readParams, type WeightProblem } from "./params.ts";
export {
  type AttentionSite,
  attentionSites,
  type GroupNormScope,
  type SpatialAttention,
  type UNetConfig,
  type UNetContext,
  unet,
  unetConfig,
} from "./unet/index.ts";
export { type VaeConfig, vaeConfig, vaeGraphs } from "./vae.ts";
