export {
  clipTextScore,
  directionalSimilarity,
  frameAccuracy,
  temporalConsistency,
} from "./clip-scores.ts";
export { detailKept } from "./detail.ts";
export { type PixelWeight, psnr } from "./psnr.ts";
export { type ClipScores, type EditedClip, type FrameScores, scoreWithClip } from "./score-with-clip.ts";
