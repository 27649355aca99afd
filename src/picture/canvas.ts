import type { Frame } from "../video/index.ts";

/** sRGB, 0…255 each. */
export type Color = readonly [red: number, green: number, blue: number];

/** A picture that is being drawn: a frame of 8 bits. */
export interface Canvas extends Frame {
  readonly data: Uint8Array;
}

/** A picture of one colour. */
export function createCanvas(width: number, height: number, color: Color): Canvas {
  const canvas = { width, height, data: new Uint8Array(width * height * 3) };
  fillRectangle(canvas, 0, 0, width, height, color);
  return canvas;
}

/** Fills a rectangle, which may reach over the edges. */
export function fillRectangle(
  canvas: Canvas,
  left: number,
  top: number,
  width: number,
  height: number,
  color: Color,
): void {
  for (let y = Math.max(0, top); y < Math.min(canvas.height, top + height); y++) {
    for (let x = Math.max(0, left); x < Math.min(canvas.width, left + width); x++)
      canvas.data.set(color, (y * canvas.width + x) * 3);
  }
}

/** Lays a colour over a pixel, 0 not at all, 1 fully; outside the picture nothing happens. */
export function mixPixel(canvas: Canvas, x: number, y: number, color: Color, share: number): void {
  if (share <= 0 || x < 0 || y < 0 || x >= canvas.width || y >= canvas.height) return;
  const at = (y * canvas.width + x) * 3;
  for (let c = 0; c < 3; c++) {
    const under = canvas.data[at + c]!;
    canvas.data[at + c] = Math.round(under + share * (color[c]! - under));
  }
}

/** Puts a frame onto the picture, values rounded to 8 bits; what reaches over the edges is cut. */
export function drawFrame(canvas: Canvas, frame: Frame, left: number, top: number): void {
  const width = Math.min(frame.width, canvas.width - left);
  for (let y = 0; y < Math.min(frame.height, canvas.height - top); y++) {
    const row = frame.data.subarray(y * frame.width * 3, (y * frame.width + width) * 3);
    const to = canvas.data.subarray(((top + y) * canvas.width + left) * 3);
    for (let i = 0; i < row.length; i++) to[i] = Math.min(255, Math.max(0, Math.round(row[i]!)));
  }
}
