export {
  type BesideSource,
  type MeasuresByFrame,
  measureByFrame,
  type ScoresByFrame,
  scoreByFrame,
} from "./by-frame.ts";
export {
  clipTextScore,
  directionalSimilarity,
  frameAccuracy,
  temporalConsistency,
} from "./clip-scores.ts";
export { type ColorDrift, colorDrift } from "./color-drift.ts";
export { detailKept } from "./detail.ts";
export { type Flicker, flicker } from "./flicker.ts";
export { type ClipFlow, type ClipFlowOptions, clipFlow, type PairFlow, seenShare } from "./flow/clip-flow.ts";
export { type Flow, opticalFlow } from "./flow/optical-flow.ts";
export { warpFrame } from "./flow/warp.ts";
export { maskIou } from "./mask-iou.ts";
export {
  differenceOf,
  type EditMeasures,
  type Likeness,
  type MeasuredClips,
  measureClips,
} from "./measure-edit.ts";
export { type PixelWeight, psnr } from "./psnr.ts";
export {
  type ClipScores,
  type EditedClip,
  type EmbeddedEdit,
  embedEdit,
  type FrameScores,
  scoreEmbedded,
  scoreWithClip,
} from "./score-with-clip.ts";
export { ssim } from "./ssim.ts";
export { flowWarpError } from "./warp-error.ts";
