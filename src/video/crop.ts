import { FateZeroError } from "../errors.ts";
import type { Frame } from "./types.ts";

/**
 * What is cut off before resizing: nothing; all but the largest square in the middle (`"center"`) or the largest part
 * of an aspect ratio (width / height) in the middle; or so many source pixels at each edge.
 */
export type Crop =
  | "none"
  | "center"
  | { readonly aspect: number }
  | { readonly left?: number; readonly right?: number; readonly top?: number; readonly bottom?: number };

/** A part of a picture, in pixels. */
export interface Rectangle {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

function badCrop(message: string): FateZeroError {
  return new FateZeroError(
    "bad-crop",
    message,
    'Give "none", "center", an aspect ratio ("16:9"), or the pixels to cut off as "left,right,top,bottom".',
  );
}

function middle(width: number, height: number, aspect: number): Rectangle {
  if (!(Number.isFinite(aspect) && aspect > 0)) throw badCrop(`The aspect ratio ${aspect} is none.`);
  const w = Math.max(1, Math.min(width, Math.round(height * aspect)));
  const h = Math.max(1, Math.min(height, Math.round(width / aspect)));
  return { left: Math.floor((width - w) / 2), top: Math.floor((height - h) / 2), width: w, height: h };
}

/**
 * The part of a picture of `width` x `height` pixels that a crop leaves. Throws FateZeroError `bad-crop` when it leaves
 * nothing or is none.
 */
export function cropRectangle(width: number, height: number, crop: Crop): Rectangle {
  if (crop === "none") return { left: 0, top: 0, width, height };
  if (crop === "center") return middle(width, height, 1);
  if ("aspect" in crop) return middle(width, height, crop.aspect);
  const { left = 0, right = 0, top = 0, bottom = 0 } = crop;
  for (const side of [left, right, top, bottom]) {
    if (!Number.isInteger(side) || side < 0) throw badCrop(`${side} pixels cannot be cut off.`);
  }
  const kept = { left, top, width: width - left - right, height: height - top - bottom };
  if (kept.width > 0 && kept.height > 0) return kept;
  throw badCrop(
    `Cutting off ${left},${right},${top},${bottom} pixels leaves nothing of ${width}x${height} pixels.`,
  );
}

/** Cuts a part out of a frame. */
export function cropFrame(frame: Frame, { left, top, width, height }: Rectangle): Frame {
  if (width === frame.width && height === frame.height) return frame;
  const length = width * height * 3;
  const data = frame.data instanceof Uint8Array ? new Uint8Array(length) : new Float32Array(length);
  for (let y = 0; y < height; y++) {
    const begin = ((top + y) * frame.width + left) * 3;
    data.set(frame.data.subarray(begin, begin + width * 3), y * width * 3);
  }
  return { width, height, data };
}

/**
 * A crop as text: `none`, `center`, an aspect ratio `16:9`, or `left,right,top,bottom` in source pixels. Throws
 * FateZeroError `bad-crop`.
 */
export function parseCrop(text: string): Crop {
  if (text === "none" || text === "center") return text;
  const ratio = /^(\d+(?:\.\d+)?):(\d+(?:\.\d+)?)$/.exec(text);
  if (ratio && Number(ratio[1]) > 0 && Number(ratio[2]) > 0) {
    return { aspect: Number(ratio[1]) / Number(ratio[2]) };
  }
  const sides = /^(\d+),(\d+),(\d+),(\d+)$/.exec(text.replaceAll(" ", ""));
  if (!sides) throw badCrop(`"${text}" is no crop.`);
  const [left, right, top, bottom] = sides.slice(1).map(Number) as [number, number, number, number];
  return { left, right, top, bottom };
}
