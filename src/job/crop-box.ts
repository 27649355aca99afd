import type { FloatTensor } from "../tensor/index.ts";
import type { Rectangle } from "../video/index.ts";
import type { Size } from "./input.ts";

/** A part of a picture, in shares of its sides. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Areas smaller than this share of the largest one are specks. */
const SPECK = 0.2;
/** What is left around a thing, as a share of its box. */
const MARGIN = 0.15;
/** Room beside a part that is a smaller share of the picture belongs to it: what reaches so far mostly goes on to the edge. */
const EDGE = 0.08;
/** Share of a picture from which a part of it is not worth cutting out. */
const NEARLY_ALL = 0.8;

/** Connected areas of a mask's positions, each a list of them. */
function areasOf(mask: Float32Array, width: number): number[][] {
  const left = new Set<number>();
  for (const [i, value] of mask.entries()) if (value > 0.5) left.add(i);
  const areas: number[][] = [];
  for (const first of left) {
    left.delete(first);
    const area = [first];
    for (const i of area) {
      const x = i % width;
      const beside = [i - width, i + width, ...(x > 0 ? [i - 1] : []), ...(x < width - 1 ? [i + 1] : [])];
      for (const j of beside) if (left.delete(j)) area.push(j);
    }
    areas.push(area);
  }
  return areas;
}

/** The box around what a mask [F, h, w] marks in any frame, specks left out; null where it marks nothing. */
export function boxOf({ shape, data }: FloatTensor): Box | null {
  const [frames, height, width] = shape as [number, number, number];
  let [left, top, right, bottom] = [width, height, 0, 0];
  for (let f = 0; f < frames; f++) {
    const areas = areasOf(data.subarray(f * height * width, (f + 1) * height * width), width);
    const largest = areas.reduce((most, { length }) => Math.max(most, length), 0);
    for (const i of areas.filter(({ length }) => length >= SPECK * largest).flat()) {
      const [x, y] = [i % width, Math.floor(i / width)];
      [left, top] = [Math.min(left, x), Math.min(top, y)];
      [right, bottom] = [Math.max(right, x + 1), Math.max(bottom, y + 1)];
    }
  }
  if (right === 0) return null;
  return { left: left / width, top: top / height, right: right / width, bottom: bottom / height };
}

/** Where a stretch of `length` lies within `whole`, around `middle` as far as there is room. */
function place(middle: number, length: number, whole: number): number {
  return Math.min(whole - length, Math.max(0, Math.round(middle - length / 2)));
}

/** A stretch of a box's side with room around it, in shares: to the picture's edge where it comes near it. */
function withRoom(from: number, to: number): readonly [from: number, to: number] {
  const room = MARGIN * (to - from);
  const [start, end] = [from - room, to + room];
  return [start < EDGE ? 0 : start, end > 1 - EDGE ? 1 : end];
}

/**
 * The part of a clip's pictures that is cut out to edit what lies in a box: with room around it, a square as far as the
 * picture has room for one, and with no side below `least`, at which the model works best. Null where it would be nearly all.
 */
export function cropAround(box: Box, { width, height }: Size, least: number): Rectangle | null {
  const [left, right] = withRoom(box.left, box.right);
  const [top, bottom] = withRoom(box.top, box.bottom);
  const [across, down] = [(right - left) * width, (bottom - top) * height];
  const side = Math.ceil(Math.max(across, down, Math.min(least, width, height)));
  const part = { width: Math.min(side, width), height: Math.min(side, height) };
  if (part.width * part.height >= NEARLY_ALL * width * height) return null;
  return {
    left: place(((left + right) / 2) * width, part.width, width),
    top: place(((top + bottom) / 2) * height, part.height, height),
    ...part,
  };
}
