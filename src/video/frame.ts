import { FateZeroError } from "../errors.ts";
import { type Kernel, resample } from "./resample.ts";
import type { Frame } from "./types.ts";

/** Rounds and clamps a frame to 8 bits; a frame that has 8 bits already is returned as it is. */
export function toUint8(frame: Frame): Frame & { readonly data: Uint8Array } {
  const { width, height, data } = frame;
  if (data instanceof Uint8Array) return { width, height, data };
  // Uint8ClampedArray rounds halves to even and clamps: no bias, no branch.
  return { width, height, data: new Uint8Array(new Uint8ClampedArray(data).buffer) };
}

/** The same frame as floats on the scale 0…255. */
export function toFloat(frame: Frame): Frame & { readonly data: Float32Array } {
  const { width, height, data } = frame;
  return { width, height, data: data instanceof Float32Array ? data : new Float32Array(data) };
}

/**
 * Resizes a frame, ignoring its aspect ratio; 8-bit in gives 8-bit out, floats in give floats out (clamped to 0…255,
 * which `triangle` never leaves; `lanczos3` is the default). Throws FateZeroError `bad-size` on a size that is no whole number
 * from 1 up.
 */
export function resizeFrame(frame: Frame, width: number, height: number, kernel: Kernel = "lanczos3"): Frame {
  for (const side of [width, height]) {
    if (!Number.isInteger(side) || side < 1) {
      throw new FateZeroError(
        "bad-size",
        `A frame cannot be resized to ${width}x${height} pixels.`,
        "Give whole numbers from 1 up.",
      );
    }
  }
  if (frame.width === width && frame.height === height) return frame;
  const data = resample(frame.data, frame, { width, height }, 3, kernel);
  for (let i = 0; i < data.length; i++) data[i] = Math.min(255, Math.max(0, data[i]!));
  const resized = { width, height, data };
  return frame.data instanceof Uint8Array ? toUint8(resized) : resized;
}

/**
 * Turns a stored picture upright: rotated clockwise by `rotation` degrees, then mirrored left to right if `flip`
 * (what phones write into a video's header instead of turning its pixels).
 */
export function orientFrame(frame: Frame, rotation: 0 | 90 | 180 | 270, flip: boolean): Frame {
  if (rotation === 0 && !flip) return frame;
  const { width: w, height: h, data } = frame;
  const [width, height] = rotation % 180 === 0 ? [w, h] : [h, w];
  const out = data instanceof Uint8Array ? new Uint8Array(data.length) : new Float32Array(data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const turnedX = flip ? width - 1 - x : x;
      const [sx, sy] =
        rotation === 0
          ? [turnedX, y]
          : rotation === 90
            ? [y, h - 1 - turnedX]
            : rotation === 180
              ? [w - 1 - turnedX, h - 1 - y]
              : [w - 1 - y, turnedX];
      const from = (sy * w + sx) * 3;
      const to = (y * width + x) * 3;
      out[to] = data[from]!;
      out[to + 1] = data[from + 1]!;
      out[to + 2] = data[from + 2]!;
    }
  }
  return { width, height, data: out };
}
