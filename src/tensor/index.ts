export { bytesPerElement, type DType } from "./dtype.ts";
export { float16ToFloat32, float32ToFloat16 } from "./half.ts";
export {
  concat0,
  type FloatTensor,
  floatTensor,
  type HostTensor,
  type IntTensor,
  intTensor,
  slice0,
  take,
} from "./host.ts";
export { type RandomSource, randomSource } from "./random.ts";
export {
  headerLength,
  layOut,
  parseHeader,
  type SafetensorsHeader,
  type TensorToCopy,
  type TensorToWrite,
} from "./safetensors.ts";
export { formatShape, type Shape, sizeOf, stridesOf } from "./shape.ts";
export { toFloat32 } from "./to-float32.ts";
