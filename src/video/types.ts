import type { Text } from "../say.ts";

/**
 * One picture: sRGB, three values a pixel, rows from top to bottom. 8 bits, or floats on the same 0…255 scale where
 * a resize must not round (compat mode).
 */
export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array | Float32Array;
}

/**
 * A picture as a caller has it: as a `Frame`, or with a fourth value a pixel, alpha, as a canvas gives it. A Buffer is a
 * Uint8Array.
 */
export interface GivenFrame {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array | Uint8ClampedArray | Float32Array;
}

/** When frames are shown. */
export interface Timing {
  /** Frames a second at which the clip plays (the source's rate divided by the stride); with `timestamps` their mean. */
  readonly fps: number;
  /** Only where the rate varies: when each frame begins, in seconds; the first at 0. */
  readonly timestamps?: readonly number[];
  /** Only where the rate varies: when the last frame ends, in seconds. */
  readonly duration?: number;
}

/** The stretch of a video file that a clip was read from, in seconds of the file: what sound belongs to it. */
export interface VideoSource {
  readonly path: string;
  readonly from: number;
  readonly to: number;
  readonly hasAudio: boolean;
  /** Of the file's size and ends: by it the video of a saved inversion is known again. */
  readonly fingerprint?: string;
  /** Only a saved inversion names the path, and no such video lies beside it: nothing is opened by it. */
  readonly isNamedOnly?: true;
}

/** A clip in memory, already at the size the model works at. */
export interface Video extends Timing {
  readonly frames: readonly Frame[];
  /** What it was read from; an image is a clip of one frame. */
  readonly kind?: "video" | "folder" | "image";
  /** Where it was read from, if from a video file. */
  readonly source?: VideoSource;
}

/** A clip that a caller gives: one of `readVideo`, or frames of their own and a rate. */
export type GivenVideo = Omit<Video, "frames"> & { readonly frames: readonly GivenFrame[] };

/** Something that went otherwise than asked without spoiling the result. */
export interface VideoWarning {
  /** Stable, machine-readable kind, e.g. `"audio-not-copied"`. */
  readonly code: string;
  /** What happened and why, one sentence or two. */
  readonly message: string;
  /** What to turn to have it otherwise. */
  readonly remedy?: Text;
}
