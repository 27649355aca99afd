export {
  type AttendRule,
  type FrameList,
  type FrameRef,
  frameIndices,
  framesOfSite,
} from "./frames.ts";
export { maskInput, type SelfFusion } from "./fused.ts";
export { resizeNearest, softMask, sumOfTokens, threshold, unionOf } from "./mask.ts";
export { type AttentionContext, gatherFrames } from "./plain.ts";
export { buildUNet, fusedUNet, plainUNet, type UNetGraphOptions, type UNetOutputs } from "./unet-graphs.ts";
export { compatWordMapSites, MAX_FUSED_POSITIONS, positionsOf, wordMapSites } from "./word-maps.ts";
