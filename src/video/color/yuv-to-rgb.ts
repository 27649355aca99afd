import type { Frame } from "../types.ts";
import { type ColorSpace, colorNumbers } from "./color.ts";

/** A planar Y'CbCr picture as decoders give it and encoders take it. */
export interface YuvImage {
  readonly width: number;
  readonly height: number;
  /** Luma [height, width]. */
  readonly y: ArrayLike<number>;
  /** Chroma [ceil(height / chromaDivisor.y), ceil(width / chromaDivisor.x)], each. */
  readonly u: ArrayLike<number>;
  readonly v: ArrayLike<number>;
  /** 4:4:4 is 1, 1; 4:2:2 is 2, 1; 4:2:0 is 2, 2. */
  readonly chromaDivisor: { readonly x: 1 | 2; readonly y: 1 | 2 };
  readonly bitDepth: 8 | 10 | 12;
}

/** Catmull-Rom weights of the four samples around a point a quarter, a half and three quarters between two. */
const QUARTER = [-0.0703125, 0.8671875, 0.2265625, -0.0234375] as const;
const HALF = [-0.0625, 0.5625, 0.5625, -0.0625] as const;
const THREE_QUARTERS = [-0.0234375, 0.2265625, 0.8671875, -0.0703125] as const;

/** One row of chroma at full resolution: `out` [width]; `scratch` [chroma columns]. */
function chromaRow(
  plane: ArrayLike<number>,
  image: YuvImage,
  row: number,
  scratch: Float32Array,
  out: Float32Array,
): void {
  const { chromaDivisor, width, height } = image;
  const columns = scratch.length;
  const narrow = chromaDivisor.x === 1 ? out : scratch;
  if (chromaDivisor.y === 1) {
    for (let c = 0; c < columns; c++) narrow[c] = plane[row * columns + c]!;
  } else {
    const rows = Math.ceil(height / 2);
    const above = (row + (row % 2) - 2) / 2;
    const start = (k: number) => Math.min(rows - 1, Math.max(0, above + k)) * columns;
    const [s0, s1, s2, s3] = [start(-1), start(0), start(1), start(2)];
    const [w0, w1, w2, w3] = row % 2 === 0 ? THREE_QUARTERS : QUARTER;
    for (let c = 0; c < columns; c++) {
      narrow[c] = w0 * plane[s0 + c]! + w1 * plane[s1 + c]! + w2 * plane[s2 + c]! + w3 * plane[s3 + c]!;
    }
  }
  if (chromaDivisor.x === 1) return;
  const [w0, w1, w2, w3] = HALF;
  const at = (c: number) => scratch[Math.min(columns - 1, Math.max(0, c))]!;
  for (let c = 0; c < columns; c++) {
    out[2 * c] = scratch[c]!;
    if (2 * c + 1 < width) out[2 * c + 1] = w0 * at(c - 1) + w1 * at(c) + w2 * at(c + 1) + w3 * at(c + 2);
  }
}

/**
 * Y'CbCr to RGB in floats (0…255, clamped, not rounded), chroma enlarged by Catmull-Rom cubics from where H.264, HEVC and
 * VP9 put it by default: on the even columns, half way between two rows.
 */
export function yuvToRgb(image: YuvImage, color: ColorSpace): Frame & { readonly data: Float32Array } {
  const { width, height } = image;
  const n = colorNumbers(color, image.bitDepth);
  const luma = 255 / n.lumaSpan;
  const red = (2 * (1 - n.kr) * 255) / n.chromaSpan;
  const blue = (2 * (1 - n.kb) * 255) / n.chromaSpan;
  const greenFromRed = (n.kr / n.kg) * red;
  const greenFromBlue = (n.kb / n.kg) * blue;
  const data = new Float32Array(width * height * 3);
  const u = new Float32Array(width);
  const v = new Float32Array(width);
  const scratch = new Float32Array(Math.ceil(width / image.chromaDivisor.x));
  for (let y = 0, p = 0; y < height; y++) {
    chromaRow(image.u, image, y, scratch, u);
    chromaRow(image.v, image, y, scratch, v);
    for (let x = 0; x < width; x++, p += 3) {
      const l = (image.y[y * width + x]! - n.lumaZero) * luma;
      const cb = u[x]! - n.chromaZero;
      const cr = v[x]! - n.chromaZero;
      data[p] = Math.min(255, Math.max(0, l + red * cr));
      data[p + 1] = Math.min(255, Math.max(0, l - greenFromRed * cr - greenFromBlue * cb));
      data[p + 2] = Math.min(255, Math.max(0, l + blue * cb));
    }
  }
  return { width, height, data };
}
