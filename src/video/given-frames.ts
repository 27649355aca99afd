import { FateZeroError } from "../errors.ts";
import { composeOver, parseBackground } from "./background.ts";
import type { Frame, GivenFrame, Timing } from "./types.ts";
import { playTiming } from "./write/play-times.ts";

const RGB = 3;
const RGBA = 4;

function refuse(index: number, what: string, remedy: string): never {
  throw new FateZeroError("bad-frame", `Frame ${index} ${what}.`, remedy);
}

/** What an array calls itself, also one of another realm (a frame of a page, a test runner's sandbox). */
function tagOf(data: unknown): string {
  return Object.prototype.toString.call(data).slice("[object ".length, -1);
}

/** The values as the arrays that pixels are held in here, on the same memory. */
function valuesOf(data: unknown, index: number): Uint8Array | Float32Array {
  const tag = tagOf(data);
  switch (tag) {
    case "Uint8Array":
    case "Uint8ClampedArray": {
      if (data instanceof Uint8Array) return data;
      const { buffer, byteOffset, length } = data as Uint8ClampedArray;
      return new Uint8Array(buffer, byteOffset, length);
    }
    case "Float32Array": {
      if (data instanceof Float32Array) return data;
      const { buffer, byteOffset, length } = data as Float32Array;
      return new Float32Array(buffer, byteOffset, length);
    }
    default:
      return refuse(
        index,
        `holds its pixels in ${tag === "Undefined" ? "nothing" : tag}`,
        'Give "data" as Uint8Array, Uint8ClampedArray, Buffer, or as Float32Array on the scale 0…255.',
      );
  }
}

function checkFloats(values: Float32Array, index: number): void {
  let highest = 0;
  for (const value of values) {
    // Resizing filters may overshoot a little.
    if (!(value >= -1 && value <= 256))
      refuse(index, `holds the value ${value}`, "Give floats on the scale 0…255.");
    highest = Math.max(highest, value);
  }
  if (highest > 0 && highest <= 1 && values.some((value) => value > 0 && value < 1))
    refuse(index, "holds no value above 1", "Give floats on the scale 0…255, not 0…1.");
}

function isTransparent(values: Uint8Array | Float32Array): boolean {
  for (let at = 3; at < values.length; at += RGBA) if (values[at]! < 255) return true;
  return false;
}

/** Three values a pixel of four; what is transparent lies on white, as pages show it. */
function withoutAlpha(values: Uint8Array | Float32Array): Uint8Array | Float32Array {
  const pixels = values.length / RGBA;
  const data = new Float32Array(pixels * RGB);
  for (let p = 0; p < pixels; p++) for (let c = 0; c < RGB; c++) data[p * RGB + c] = values[p * RGBA + c]!;
  composeOver(data, (p) => values[p * RGBA + 3]! / 255, parseBackground());
  return values instanceof Uint8Array ? new Uint8Array(new Uint8ClampedArray(data).buffer) : data;
}

/** Warning of frames whose transparent parts were given a background. */
export const TRANSPARENT = {
  code: "frames-transparent",
  message: "The frames are partly transparent: they are taken as they look on white.",
} as const;

/** A caller's frame, checked. `isTransparent`: its alpha was not opaque, and it now lies on white. */
export interface CheckedFrame {
  readonly frame: Frame;
  readonly isTransparent: boolean;
}

/**
 * Checks a frame that a caller gives, the `index`-th of a clip: its format, its size and the number of its values. Throws
 * FateZeroError `bad-frame`.
 */
export function checkedFrame(given: GivenFrame, index: number): CheckedFrame {
  if (typeof given !== "object" || given === null)
    return refuse(index, `is ${given === null ? "null" : typeof given}`, "Give { width, height, data }.");
  const { width, height } = given;
  for (const side of [width, height])
    if (!Number.isInteger(side) || side < 1)
      refuse(index, `has ${width}x${height} pixels`, 'Give "width" and "height" as whole numbers from 1 up.');
  const values = valuesOf(given.data, index);
  const channels = values.length / (width * height);
  if (channels !== RGB && channels !== RGBA)
    refuse(
      index,
      `has ${width}x${height} pixels but ${values.length} values`,
      "Give three values a pixel: red, green, blue; or four, with alpha.",
    );
  if (values instanceof Float32Array) checkFloats(values, index);
  if (channels === RGB) return { frame: { width, height, data: values }, isTransparent: false };
  const transparent = isTransparent(values);
  return { frame: { width, height, data: withoutAlpha(values) }, isTransparent: transparent };
}

/** That a frame has the size of the first one. Throws FateZeroError `frame-size-differs`. */
export function checkSameSize(frame: Frame, first: Frame, index: number): void {
  if (frame.width === first.width && frame.height === first.height) return;
  throw new FateZeroError(
    "frame-size-differs",
    `Frame ${index} has ${frame.width}x${frame.height} pixels, but frame 0 has ${first.width}x${first.height}.`,
    "Give all frames the same size.",
  );
}

/**
 * A clip that a caller gives, checked: its frames and when they play. Throws FateZeroError `no-frames`, `bad-frame`,
 * `frame-size-differs`, `bad-fps`.
 */
export function checkedClip<Clip extends Timing & { readonly frames: readonly GivenFrame[] }>(
  clip: Clip,
): {
  readonly clip: Omit<Clip, "frames"> & { readonly frames: readonly Frame[] };
  readonly isTransparent: boolean;
} {
  const given: unknown = clip?.frames;
  if (!Array.isArray(given) || given.length === 0)
    throw new FateZeroError(
      "no-frames",
      "The video has no frames.",
      "Give a clip of readVideo, or { frames, fps }; of a file, choose a range that holds some.",
    );
  playTiming(clip, given.length);
  const checked = clip.frames.map(checkedFrame);
  const frames = checked.map(({ frame }) => frame);
  for (const [index, frame] of frames.entries()) checkSameSize(frame, frames[0]!, index);
  return { clip: { ...clip, frames }, isTransparent: checked.some((frame) => frame.isTransparent) };
}
