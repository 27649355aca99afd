import { maskOfFrames } from "../edit/index.ts";
import type { FloatTensor } from "../tensor/index.ts";
import { type ReadOptions, readVideo } from "../video/index.node.ts";
import type { Size } from "./input.ts";

/**
 * Reads a mask, white where it holds, scaled to a size: a picture, a video or a folder as [F, height, width] from 0 to 1. What
 * is transparent is black, and nothing overshoots at edges. Throws FateZeroError as `readVideo` does.
 */
export async function readMask(
  path: string,
  size: Size,
  options: Omit<ReadOptions, "fit" | "kernel" | "background">,
): Promise<FloatTensor> {
  const { frames } = await readVideo(path, {
    ...options,
    ...{ fit: () => size, kernel: "triangle", background: "black" },
  });
  return maskOfFrames(frames);
}
