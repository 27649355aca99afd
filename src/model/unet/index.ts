export { type UNetConfig, unetConfig } from "./config.ts";
export type { GroupNormScope, SpatialAttention, UNetContext } from "./context.ts";
export { type DeepCut, isDeepWeight } from "./deep.ts";
export { type AttentionSite, attentionSites } from "./sites.ts";
export { unet } from "./unet.ts";
