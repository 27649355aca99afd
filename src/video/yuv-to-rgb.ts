import { type ColorSpace, colorNumbers } from "./color.ts";
import type { Frame } from "./types.ts";

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

/** One row of chroma at full resolution, bilinear between samples that sit on even columns and between two rows. */
function chromaRow(plane: ArrayLike<number>, image: YuvImage, row: number, out: Float32Array): void {
  const { chromaDivisor, width, height } = image;
  const columns = Math.ceil(width / chromaDivisor.x);
  const rows = Math.ceil(height / chromaDivisor.y);
  let near = row * columns;
  let far = near;
  let farWeight = 0;
  if (chromaDivisor.y === 2) {
    const nearRow = row >> 1;
    const farRow = Math.min(rows - 1, Math.max(0, row % 2 === 0 ? nearRow - 1 : nearRow + 1));
    near = nearRow * columns;
    far = farRow * columns;
    farWeight = 0.25;
  }
  const at = (c: number) => (1 - farWeight) * plane[near + c]! + farWeight * plane[far + c]!;
  if (chromaDivisor.x === 1) {
    for (let x = 0; x < width; x++) out[x] = at(x);
    return;
  }
  let left = at(0);
  for (let c = 0; c < columns; c++) {
    const right = c + 1 < columns ? at(c + 1) : left;
    out[2 * c] = left;
    if (2 * c + 1 < width) out[2 * c + 1] = (left + right) / 2;
    left = right;
  }
}

/**
 * Y'CbCr to RGB in floats (0…255, clamped, not rounded), chroma enlarged bilinearly from where H.264, HEVC and VP9 put
 * it by default: on the even columns, half way between two rows.
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
  for (let y = 0, p = 0; y < height; y++) {
    chromaRow(image.u, image, y, u);
    chromaRow(image.v, image, y, v);
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
