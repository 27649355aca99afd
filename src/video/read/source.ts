import type { Background } from "../background.ts";
import type { Frame, VideoWarning } from "../types.ts";
import type { CheckedRange } from "./range.ts";
import type { PlacedFrame } from "./reel.ts";
import type { SelectionTimes } from "./selection-times.ts";

/** Frames chosen from a source, decoded one by one as they are asked for. */
export interface Selection extends SelectionTimes {
  /** Places of the chosen frames among all of the source, rising. */
  readonly indices: readonly number[];
  /** The chosen frames in order: upright, square pixels, `width` x `height` of the source; those that cannot be decoded are left out. */
  readonly frames: AsyncIterable<PlacedFrame>;
}

/** Frames of a source in which none is missing, with their places. */
export async function* placed(
  indices: readonly number[],
  frames: AsyncIterable<Frame>,
): AsyncGenerator<PlacedFrame, void, undefined> {
  let k = 0;
  for await (const frame of frames) yield { index: indices[k++]!, frame };
}

/** How a source is opened. */
export interface SourceOptions {
  /** What shows through transparent parts. */
  readonly background: Background;
  /** Frames a second of a source that has no rate of its own. */
  readonly stillFps: number;
  /** How the pictures of a folder are put in order. Default `"numbers"`. */
  readonly order?: "numbers" | "code-points";
  /** What is done with interlaced video. Default `"auto"`: it is deinterlaced. */
  readonly deinterlace?: "auto" | "off";
  /** Told what was found otherwise than expected; by default nobody is. */
  readonly onWarning?: (warning: VideoWarning) => void;
}

/**
 * Anything that frames come from. A new format is a new function that returns one of these, and a line in
 * `openSource`.
 */
export interface FrameSource {
  readonly kind: "video" | "folder" | "image";
  /** Upright size in square pixels: after rotation and pixel aspect ratio. */
  readonly width: number;
  readonly height: number;
  /** Frames a second at which the whole source plays; undefined where it has no rate of its own. */
  readonly fps: number | undefined;
  /** Number of frames; for a video an estimate from duration and rate. */
  readonly frameCount: number;
  /** Seconds; undefined where the source has no rate of its own. */
  readonly duration: number | undefined;
  readonly hasAudio: boolean;
  /** Finds the frames of a range. Throws FateZeroError `bad-frame-range` when there are not enough. */
  select(range: CheckedRange): Promise<Selection>;
  /** Frees file handles and decoders. */
  close(): void;
}
