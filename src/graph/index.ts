export {
  type Dim,
  divDims,
  equalDims,
  formatDims,
  mulDims,
  productOf,
  type SymbolicDim,
  symbol,
} from "./dim.ts";
export { GraphShapeError, inLayer } from "./errors.ts";
export {
  type AttentionLowering,
  type CompiledGraph,
  type CompileOptions,
  compile,
  type GraphPort,
} from "./onnx/compile.ts";
export { attention, softmax } from "./ops/attention.ts";
export {
  add,
  cast,
  cos,
  div,
  erf,
  exp,
  gelu,
  mul,
  neg,
  quickGelu,
  sigmoid,
  silu,
  sin,
  sqrt,
  sub,
  tanh,
} from "./ops/elementwise.ts";
export {
  concat,
  expand,
  gather,
  reshape,
  select,
  slice,
  split,
  transpose,
  upsample2x,
} from "./ops/layout.ts";
export { affine, groupChannels, groupNorm, instanceNorm, layerNorm } from "./ops/norm.ts";
export { type ConvOptions, conv2d, linear, matmul } from "./ops/product.ts";
export { max, mean, sum } from "./ops/reduce.ts";
export {
  constant,
  type InlineWeight,
  input,
  inputsOf,
  type Op,
  scalar,
  type Value,
  type WeightLocation,
  type WeightSource,
  weight,
} from "./value.ts";
