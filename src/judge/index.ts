export { type CheckedFrames, decodeSource, measureEdit, trajectoryDrift, vaePsnr } from "./measure.ts";
export { isForeign, sceneFidelity, unknownWords } from "./scene.ts";
export {
  type JudgedEdit,
  judgeEdit,
  judgeInversion,
  type Measurements,
  VERDICT_LIMITS,
  type Verdict,
  type VerdictCode,
} from "./verdict.ts";
