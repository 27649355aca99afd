import type { CheckedRange } from "./range.ts";
import type { Frame } from "./types.ts";

/** Frames chosen from a source, decoded one by one as they are asked for. */
export interface Selection {
  readonly count: number;
  /** Frames a second of the *source* over the chosen part: the chosen frames play at `sourceFps / stride`. */
  readonly sourceFps: number;
  /** The chosen frames in order: upright, square pixels, `width` x `height` of the source. */
  readonly frames: AsyncIterable<Frame>;
}

/**
 * Anything that frames come from. A new format (gif, a single image …) is a new function that returns one of these, and
 * a line in `openSource`.
 */
export interface FrameSource {
  readonly kind: "video" | "folder";
  /** Upright size in square pixels: after rotation and pixel aspect ratio. */
  readonly width: number;
  readonly height: number;
  /** Frames a second at which the whole source plays; undefined where it has no rate of its own. */
  readonly fps: number | undefined;
  /** Number of frames; for a video an estimate from duration and rate. */
  readonly frameCount: number;
  /** Seconds; undefined where the source has no rate of its own. */
  readonly duration: number | undefined;
  /** Finds the frames of a range. Throws FateZeroError `bad-frame-range` when there are not enough. */
  select(range: CheckedRange): Promise<Selection>;
  /** Frees file handles and decoders. */
  close(): void;
}
