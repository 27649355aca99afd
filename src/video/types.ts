/**
 * One picture: sRGB, three values a pixel, rows from top to bottom. 8 bits, or floats on the same 0…255 scale where
 * a resize must not round (compat mode).
 */
export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array | Float32Array;
}

/** A clip in memory, already at the size the model works at. */
export interface Video {
  readonly frames: readonly Frame[];
  /** Frames a second at which the clip plays (the source's rate divided by the stride). */
  readonly fps: number;
}
