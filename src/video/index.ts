export { compatFrames, releasedFrames } from "./compat-frames.ts";
export { type Crop, cropRectangle, parseCrop, type Rectangle } from "./crop.ts";
export { fitToModel } from "./fit.ts";
export { resizeFrame } from "./frame.ts";
export type { Metadata } from "./metadata.ts";
export type { FrameRange } from "./read/range.ts";
export type { Kernel } from "./resample.ts";
export { parseTime } from "./time.ts";
export type { Frame, Timing, Video, VideoSource, VideoWarning } from "./types.ts";
