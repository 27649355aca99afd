import { stat } from "node:fs/promises";
import { FateZeroError } from "../../errors.ts";
import type { FloatTensor } from "../../tensor/index.ts";
import { type CompatCrop, compatFrames } from "./compat-frames.ts";
import { readVideo } from "./read.node.ts";

export { compatFrames } from "./compat-frames.ts";

/** Which images of a folder the released code takes, and how it cuts them. */
export interface CompatLoading extends CompatCrop {
  /** `n_sample_frame`; below 0: all that there are. */
  readonly nFrames: number;
  /** `start_sample_frame`. Default 0. */
  readonly start?: number;
  /** `sampling_rate`: distance between two frames. Default 1. */
  readonly samplingRate?: number;
}

/**
 * Loads a folder of images as the released code does (the first clip of its dataset; it takes a random one when the
 * folder holds several). Returns [frames, 3, size, size] in [-1, 1]. Throws FateZeroError `input-missing`,
 * `bad-frame-range`, and those of `readVideo` on folders.
 */
export async function loadCompatFrames(folder: string, loading: CompatLoading): Promise<FloatTensor> {
  const info = await stat(folder).catch(() => undefined);
  if (!info?.isDirectory()) {
    throw new FateZeroError(
      "input-missing",
      `"${folder}" is not a folder of images.`,
      "The released code's configs name a folder with one image for each frame.",
    );
  }
  const { nFrames, start = 0, samplingRate: stride = 1 } = loading;
  const range = nFrames < 0 ? { start, stride } : { start, stride, frames: nFrames };
  // As the released code does (video_diffusion/data/dataset.py: `Image.open(path).convert("RGB")`).
  const { frames } = await readVideo(folder, { ...range, background: "none" });
  return compatFrames(frames, loading);
}
