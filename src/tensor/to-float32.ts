import { bytesPerElement, type DType } from "./dtype.ts";
import { bfloat16ToFloat32, float16ToFloat32 } from "./half.ts";

/** Values of any type, given as their little-endian bytes, as float32. */
export function toFloat32(dtype: DType, bytes: Uint8Array): Float32Array {
  // Typed arrays need their own alignment; bytes that lack it are copied.
  const aligned = bytes.byteOffset % bytesPerElement(dtype) === 0 ? bytes : bytes.slice();
  const { buffer, byteOffset, byteLength } = aligned;
  const count = Math.floor(byteLength / bytesPerElement(dtype));
  switch (dtype) {
    case "float32":
      return new Float32Array(buffer, byteOffset, count);
    case "float16":
      return float16ToFloat32(new Uint16Array(buffer, byteOffset, count));
    case "bfloat16":
      return bfloat16ToFloat32(new Uint16Array(buffer, byteOffset, count));
    case "float64":
      return Float32Array.from(new Float64Array(buffer, byteOffset, count));
    case "int64":
      return Float32Array.from(new BigInt64Array(buffer, byteOffset, count), Number);
    case "int32":
      return Float32Array.from(new Int32Array(buffer, byteOffset, count));
    case "int16":
      return Float32Array.from(new Int16Array(buffer, byteOffset, count));
    case "int8":
      return Float32Array.from(new Int8Array(buffer, byteOffset, count));
    case "uint8":
    case "bool":
      return Float32Array.from(aligned);
  }
}
