import { type Canvas, type Color, mixPixel } from "./canvas.ts";

export type Point = readonly [x: number, y: number];

function distance([px, py]: Point, [ax, ay]: Point, [bx, by]: Point): number {
  const [dx, dy] = [bx - ax, by - ay];
  const length = dx * dx + dy * dy;
  const t = length === 0 ? 0 : Math.min(1, Math.max(0, ((px - ax) * dx + (py - ay) * dy) / length));
  return Math.hypot(px - ax - t * dx, py - ay - t * dy);
}

/** The pixels of a canvas that a pen can reach along points. */
function reached({ width, height }: Canvas, points: readonly Point[], reach: number) {
  let [left, right, top, bottom] = [width, -1, height, -1];
  for (const [x, y] of points) {
    left = Math.min(left, Math.floor(x - reach));
    right = Math.max(right, Math.floor(x + reach));
    top = Math.min(top, Math.floor(y - reach));
    bottom = Math.max(bottom, Math.floor(y + reach));
  }
  return {
    ...{ left: Math.max(0, left), right: Math.min(width - 1, right) },
    ...{ top: Math.max(0, top), bottom: Math.min(height - 1, bottom) },
  };
}

/** Draws strokes given in pixels with a round pen, its edges blended. Where strokes cross, the colour is laid on once. */
export function drawStrokes(
  canvas: Canvas,
  strokes: readonly (readonly Point[])[],
  pen: number,
  color: Color,
): void {
  const reach = pen / 2 + 1;
  const { left, right, top, bottom } = reached(canvas, strokes.flat(), reach);
  if (right < left || bottom < top) return;
  const columns = right - left + 1;
  const shares = new Float64Array(columns * (bottom - top + 1));
  for (const stroke of strokes) {
    for (let i = 1; i < stroke.length; i++) {
      const [from, to] = [stroke[i - 1]!, stroke[i]!];
      const part = reached(canvas, [from, to], reach);
      for (let y = part.top; y <= part.bottom; y++) {
        for (let x = part.left; x <= part.right; x++) {
          const share = Math.min(1, pen / 2 + 0.5 - distance([x + 0.5, y + 0.5], from, to));
          const at = (y - top) * columns + x - left;
          if (share > shares[at]!) shares[at] = share;
        }
      }
    }
  }
  for (const [at, share] of shares.entries())
    mixPixel(canvas, left + (at % columns), top + Math.floor(at / columns), color, share);
}
