import { resizeFrame } from "../frame.ts";
import { showSeconds } from "../time.ts";
import type { Frame, VideoWarning } from "../types.ts";

/** Gives each frame the size of the video's first one, and says once where another begins. */
export function steadySize(
  video: {
    readonly width: number;
    readonly height: number;
    readonly name: string;
    readonly times: readonly number[];
  },
  onWarning: (warning: VideoWarning) => void,
): (frame: Frame, index: number) => Frame {
  const { width, height, name, times } = video;
  let isTold = false;
  return (frame, index) => {
    if (frame.width === width && frame.height === height) return frame;
    // A pixel is what header and decoder may round differently.
    const differs = Math.abs(frame.width - width) > 1 || Math.abs(frame.height - height) > 1;
    if (differs && !isTold) {
      isTold = true;
      onWarning({
        code: "frame-size-changes",
        message: `"${name}" changes its size: ${width}x${height} pixels at first, ${frame.width}x${frame.height} in frame ${index} (at ${showSeconds(times[index] ?? 0)}). Frames of another size are scaled to the first.`,
      });
    }
    return resizeFrame(frame, width, height);
  };
}
