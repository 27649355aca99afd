import { FateZeroError } from "../errors.ts";
import { type FloatTensor, floatTensor } from "../tensor/index.ts";
import { resample } from "./resample.ts";
import type { Frame } from "./types.ts";

/** How the released code cuts and scales frames. */
export interface CompatCrop {
  /** Side of the square result in pixels. The released code's `image_size`, 512. */
  readonly size: number;
  /** Source pixels cut off at each edge first, clamped so that one row and column remain. Default 0 each. */
  readonly offset?: {
    readonly left?: number;
    readonly right?: number;
    readonly top?: number;
    readonly bottom?: number;
  };
}

interface Image {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

function crop(image: Image, left: number, top: number, width: number, height: number): Image {
  const data = new Float32Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const begin = ((top + y) * image.width + left) * 3;
    data.set(image.data.subarray(begin, begin + width * 3), y * width * 3);
  }
  return { width, height, data };
}

/** Clamped as `offset_crop` does: left first, then right in what is left of the width. */
function offsetCrop(image: Image, offset: NonNullable<CompatCrop["offset"]>): Image {
  const { width: w, height: h } = image;
  const left = Math.min(offset.left ?? 0, w - 1);
  const right = Math.min(offset.right ?? 0, w - left - 1);
  const top = Math.min(offset.top ?? 0, h - 1);
  const bottom = Math.min(offset.bottom ?? 0, h - top - 1);
  return crop(image, left, top, w - left - right, h - top - bottom);
}

/**
 * `short_size_scale`: shorter side to `size`, the longer to the whole part of its share. For some squares that is one
 * too few (`int(512 / 49 * 49)` is 511), after which the released code cuts a picture of one row: such a side is
 * `size`, as was meant.
 */
function scaleShortSide(image: Image, size: number): Image {
  const { width: w, height: h } = image;
  const scale = size / Math.min(w, h);
  const long = Math.max(size, Math.trunc(scale * Math.max(w, h)));
  const [width, height] = w < h ? [size, long] : [long, size];
  return { width, height, data: resample(image.data, image, { width, height }, 3, "triangle") };
}

/**
 * Frames as the released code makes them (video_diffusion/data/dataset.py and transform.py): [-1, 1] in floats, offset
 * crop, shorter side scaled to `size` (bilinear with antialiasing, never rounded to 8 bits), square cut from the
 * centre. Returns [frames, 3, size, size]. Throws FateZeroError `no-frames`.
 */
export function compatFrames(frames: readonly Frame[], { size, offset = {} }: CompatCrop): FloatTensor {
  if (frames.length === 0) {
    throw new FateZeroError("no-frames", "There are no frames to load.", "Give at least one.");
  }
  const out = floatTensor([frames.length, 3, size, size]);
  const area = size * size;
  for (const [index, frame] of frames.entries()) {
    const image = { ...frame, data: Float32Array.from(frame.data, (value) => (value / 255) * 2 - 1) };
    const scaled = scaleShortSide(offsetCrop(image, offset), size);
    const left = Math.floor((scaled.width - size) / 2);
    const top = Math.floor((scaled.height - size) / 2);
    const square = crop(scaled, left, top, size, size).data;
    for (let p = 0; p < area; p++) {
      for (let c = 0; c < 3; c++) out.data[(index * 3 + c) * area + p] = square[p * 3 + c]!;
    }
  }
  return out;
}

/** The same as square frames of `size` pixels, in floats of 0…255; frames of that size stay as they are. */
export function releasedFrames(frames: readonly Frame[], size: number): readonly Frame[] {
  if (frames.every(({ width, height }) => width === size && height === size)) return frames;
  const { data } = compatFrames(frames, { size });
  const pixels = size * size;
  return frames.map((_, f) => {
    const values = new Float32Array(pixels * 3);
    for (let c = 0; c < 3; c++) {
      const plane = (f * 3 + c) * pixels;
      for (let i = 0; i < pixels; i++) values[i * 3 + c] = (data[plane + i]! + 1) * 127.5;
    }
    return { width: size, height: size, data: values };
  });
}
