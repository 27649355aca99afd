import type { Frame } from "../video/index.ts";
import { type Color, createCanvas, drawFrame } from "./canvas.ts";
import { drawText, textWidth } from "./text.ts";

const BACKGROUND: Color = [20, 22, 27];
const INK: Color = [236, 238, 242];

/** Pixels between two pictures. */
const GAP = 4;

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Pixels of a letter of the names above pictures of a height. */
const letterSize = (height: number): number => Math.max(8, Math.round(height / 28));

/** Pixels that pictures take beside each other. */
export function sideBySideSize(pictures: readonly Size[]): Size {
  const height = Math.max(...pictures.map((picture) => picture.height));
  const width = pictures.reduce((sum, picture) => sum + picture.width + GAP, -GAP);
  const even = (length: number): number => length + (length % 2);
  return { width: even(width), height: even(3 * letterSize(height) + height) };
}

/** Pictures beside each other on one base, each with its name above it. Their heights may differ, as may their widths. */
export function sideBySide(pictures: readonly { readonly name: string; readonly frame: Frame }[]): Frame {
  const size = letterSize(Math.max(...pictures.map(({ frame }) => frame.height)));
  const strip = 3 * size;
  const { width, height } = sideBySideSize(pictures.map(({ frame }) => frame));
  const canvas = createCanvas(width, height, BACKGROUND);
  let left = 0;
  for (const { name, frame } of pictures) {
    drawText(canvas, name, left + Math.round((frame.width - textWidth(name, size)) / 2), size, size, INK);
    drawFrame(canvas, frame, left, strip);
    left += frame.width + GAP;
  }
  return canvas;
}
