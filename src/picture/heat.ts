import type { FloatTensor } from "../tensor/index.ts";
import type { Frame } from "../video/index.ts";
import { type ColorMap, viridis } from "./color-map.ts";

/** Which values the ends of a colour map stand for. */
export interface Scale {
  readonly min: number;
  readonly max: number;
  readonly colors: ColorMap;
}

/** A scale from 0 to the largest value of a map (1 where all are 0). */
export function scaleOf(map: FloatTensor, colors: ColorMap = viridis): Scale {
  let max = 0;
  for (const value of map.data) max = Math.max(max, value);
  return { min: 0, max: max > 0 ? max : 1, colors };
}

/** Share of the heat map's colour where the value is lowest and highest; the rest is the frame in grey. */
const OPACITY = [0.5, 0.85] as const;
/** Brightness of what a mask leaves out. */
const DIMMED = 0.3;

/** Luma of a pixel (Rec. 709 on the stored values), 0…255. */
function grey(data: Frame["data"], at: number): number {
  return 0.2126 * data[at]! + 0.7152 * data[at + 1]! + 0.0722 * data[at + 2]!;
}

/** 0…1 → 0…1, level at both ends: positions blend without the edges that straight lines would show. */
const ease = (t: number): number => t * t * (3 - 2 * t);

/** Frame `f` of a map [F, h, w], read at any place between its positions, edges held. */
function sampler(map: FloatTensor, f: number, smooth: boolean): (x: number, y: number) => number {
  const [, height, width] = map.shape as [number, number, number];
  const values = map.data.subarray(f * height * width, (f + 1) * height * width);
  const at = (x: number, y: number): number =>
    values[Math.min(height - 1, Math.max(0, y)) * width + Math.min(width - 1, Math.max(0, x))]!;
  if (!smooth) return (x, y) => at(Math.floor(x * width), Math.floor(y * height));
  return (x, y) => {
    const [u, v] = [x * width - 0.5, y * height - 0.5];
    const [left, top] = [Math.floor(u), Math.floor(v)];
    const [a, b] = [ease(u - left), ease(v - top)];
    const upper = at(left, top) * (1 - a) + at(left + 1, top) * a;
    const lower = at(left, top + 1) * (1 - a) + at(left + 1, top + 1) * a;
    return upper * (1 - b) + lower * b;
  };
}

function repaint(frame: Frame, paint: (x: number, y: number, at: number, out: Uint8Array) => void): Frame {
  const { width, height } = frame;
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) paint((x + 0.5) / width, (y + 0.5) / height, (y * width + x) * 3, data);
  }
  return { width, height, data };
}

/** Lays the heat map of frame `f` of a map [F, h, w] over a frame, which is turned to grey. */
export function heatOver(frame: Frame, map: FloatTensor, f: number, scale: Scale): Frame {
  const valueAt = sampler(map, f, true);
  const span = scale.max - scale.min || 1;
  return repaint(frame, (x, y, at, out) => {
    const value = Math.min(1, Math.max(0, (valueAt(x, y) - scale.min) / span));
    const color = scale.colors(value);
    const opacity = OPACITY[0] + (OPACITY[1] - OPACITY[0]) * value;
    const under = grey(frame.data, at);
    for (let c = 0; c < 3; c++) out[at + c] = Math.round(opacity * color[c]! + (1 - opacity) * under);
  });
}

/** Shows frame `f` of a mask [F, h, w] in 0…1: inside as it is, outside dim and grey, by positions. */
export function maskOver(frame: Frame, mask: FloatTensor, f: number): Frame {
  const valueAt = sampler(mask, f, false);
  return repaint(frame, (x, y, at, out) => {
    const inside = Math.min(1, Math.max(0, valueAt(x, y)));
    const outside = DIMMED * grey(frame.data, at);
    for (let c = 0; c < 3; c++)
      out[at + c] = Math.round(Math.min(255, inside * frame.data[at + c]! + (1 - inside) * outside));
  });
}
