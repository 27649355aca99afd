export { bytesPerElement, type DType } from "./dtype.ts";
export { concat0, type FloatTensor, floatTensor, type HostTensor, type IntTensor, intTensor, slice0 } from "./host.ts";
export { formatShape, type Shape, sizeOf, stridesOf } from "./shape.ts";
