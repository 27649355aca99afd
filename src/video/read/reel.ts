import type { FoundTimes, PacketTimes } from "../frame-times.ts";
import type { Frame } from "../types.ts";

/** A chosen frame and its place among all frames of the file. */
export interface PlacedFrame {
  readonly index: number;
  readonly frame: Frame;
}

/** The pictures of a video file, however it is gone through. */
export interface Reel {
  /** Upright size of the first picture in square pixels. */
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  readonly frameCount: number;
  readonly duration: number;
  readonly hasAudio: boolean;
  /** Whether the order of decoding may differ from that of showing. */
  readonly reorders: boolean;
  /** When each picture is shown, in the order of decoding. Returns whether the file ends too early. */
  packets(): AsyncGenerator<PacketTimes, boolean, undefined>;
  /**
   * Decodes the frames `indices`, rising, of those that were found in it. Frames that cannot be decoded are left out, or
   * throw FateZeroError `video-damaged`.
   */
  decode(found: FoundTimes, indices: readonly number[]): AsyncGenerator<PlacedFrame, void, undefined>;
  close(): void;
}
