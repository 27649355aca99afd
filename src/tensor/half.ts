/** Conversions between float32 and the 16-bit float formats, round to nearest even. */

const bits = new DataView(new ArrayBuffer(4));

function halfToFloat(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

let table: Float32Array | null = null;

/** Values of IEEE binary16 bit patterns. */
export function float16ToFloat32(source: Uint16Array): Float32Array {
  table ??= Float32Array.from({ length: 65536 }, (_, i) => halfToFloat(i));
  const out = new Float32Array(source.length);
  for (let i = 0; i < source.length; i++) out[i] = table[source[i]!]!;
  return out;
}

/** IEEE binary16 bit patterns of values; too large values become infinite. */
export function float32ToFloat16(source: Float32Array): Uint16Array {
  const out = new Uint16Array(source.length);
  for (let i = 0; i < source.length; i++) {
    bits.setFloat32(0, source[i]!);
    const word = bits.getUint32(0);
    const sign = (word >>> 16) & 0x8000;
    const magnitude = word & 0x7fffffff;
    if (magnitude > 0x7f800000) out[i] = sign | 0x7e00;
    else if (magnitude >= 0x477ff000) out[i] = sign | 0x7c00;
    else if (magnitude < 0x38800000) {
      // Below the smallest normal half: adding 0.5 puts the bits where float32 itself rounds them.
      bits.setUint32(0, magnitude);
      bits.setFloat32(0, bits.getFloat32(0) + 0.5);
      out[i] = sign | (bits.getUint32(0) - 0x3f000000);
    } else out[i] = sign | ((magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13);
  }
  return out;
}

/** Values of bfloat16 bit patterns. */
export function bfloat16ToFloat32(source: Uint16Array): Float32Array {
  const words = new Uint32Array(source.length);
  for (let i = 0; i < source.length; i++) words[i] = source[i]! << 16;
  return new Float32Array(words.buffer);
}
