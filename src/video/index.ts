export { type CompatLoading, compatFrames, loadCompatFrames } from "./compat-loader.node.ts";
export { fitToModel } from "./fit.ts";
export { resizeFrame } from "./frame.ts";
export { checkOutput, type OutputTarget } from "./output.node.ts";
export type { FrameRange } from "./range.ts";
export { probeVideo, type ReadOptions, readVideo, type VideoInfo } from "./read.node.ts";
export type { Kernel } from "./resample.ts";
export type { Frame, Video } from "./types.ts";
export { type WriteOptions, writeVideo } from "./write.node.ts";
