import type { CrossFusion } from "../../src/prompt/index.ts";
import { type FloatTensor, floatTensor } from "../../src/tensor/index.ts";

/** Fused cross-attention c_src·A + c_edit ⊙ b of maps [F, heads, queries, L]. */
export function fuseCross(source: FloatTensor, own: FloatTensor, cross: CrossFusion | null): FloatTensor {
  if (!cross) return own;
  const { A, b } = cross;
  const length = b.length;
  const out = floatTensor(own.shape);
  for (let row = 0; row < own.data.length; row += length) {
    for (let n = 0; n < length; n++) out.data[row + n] = own.data[row + n]! * b[n]!;
    for (let w = 0; w < length; w++) {
      const weight = source.data[row + w]!;
      for (let n = 0; n < length; n++) out.data[row + n]! += weight * A[w * length + n]!;
    }
  }
  return out;
}

/** Fused self-attention of maps [F, heads, queries, keys], of which `stride` positions lie between two queries. */
export function fuseSelf(
  source: FloatTensor,
  own: FloatTensor,
  mask: FloatTensor | null,
  stride: number,
): FloatTensor {
  const [frames, heads, queries, keys] = own.shape as [number, number, number, number];
  const out = floatTensor(own.shape, source.data.slice());
  if (!mask) return out;
  const positions = mask.shape[1]!;
  for (let f = 0; f < frames; f++) {
    for (let q = 0; q < queries; q++) {
      if (mask.data[f * positions + q * stride] === 0) continue;
      for (let head = 0; head < heads; head++) {
        const row = ((f * heads + head) * queries + q) * keys;
        out.data.set(own.data.subarray(row, row + keys), row);
      }
    }
  }
  return out;
}
