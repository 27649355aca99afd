import { FateZeroError } from "../errors.ts";
import { checkNumber, type Model } from "../pipeline/index.ts";
import { fitToModel, releasedFrames, resizeFrame, type Video } from "../video/index.ts";

/**
 * A clip's frames at a size that the model takes; frames that are already there stay untouched. In compat mode a square is
 * cut as the released code does (video_diffusion/data/transform.py).
 */
export function fitFrames(
  model: Model,
  video: Video,
  { size = model.size, compat }: { readonly size?: number; readonly compat?: "fatezero" },
): Video["frames"] {
  const [first] = video.frames;
  if (!first)
    throw new FateZeroError("no-frames", "The video has no frames.", "Choose a range that holds some.");
  const { sizeMultiple } = model;
  checkNumber("The size", size, sizeMultiple, 16384);
  if (compat) {
    if (size % sizeMultiple === 0) return releasedFrames(video.frames, size);
    throw new FateZeroError(
      "bad-option",
      `The size is ${size}, and the released code works on squares whose side is a multiple of ${sizeMultiple}.`,
      `Choose ${Math.floor(size / sizeMultiple) * sizeMultiple} or ${Math.ceil(size / sizeMultiple) * sizeMultiple}.`,
    );
  }
  const { width, height } = fitToModel(first.width, first.height, size, sizeMultiple);
  return video.frames.map((frame) => resizeFrame(frame, width, height));
}
