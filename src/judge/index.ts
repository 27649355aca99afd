export { type CheckedFrames, decodeSource, measureEdit, trajectoryDrift, vaePsnr } from "./measure.ts";
export { isForeign, sceneFidelity, unknownWords } from "./scene.ts";
export { judgeEdit, judgeInversion } from "./verdict.ts";
