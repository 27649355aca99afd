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
export { GraphShapeError, inLayer, inNetwork } from "./errors.ts";
export { type GradientOptions, gradients } from "./gradient/gradients.ts";
export {
  type GradientName,
  gradientName,
  type WithGradients,
  withGradients,
} from "./gradient/with-gradients.ts";
export { type Feeds, type Graph, inputs, type Outputs, type Ports, port, type Values } from "./graph.ts";
export { liveBytes, type Sizes } from "./live-bytes.ts";
export { asComputed, keepsHalf } from "./onnx/as-computed.ts";
export { type CompiledGraph, compile } from "./onnx/compile.ts";
export {
  DEVICES,
  type Device,
  LOWERINGS,
  type Lowering,
  PRECISIONS,
  type Precision,
} from "./onnx/lowering.ts";
export {
  add,
  cast,
  cos,
  div,
  erf,
  exp,
  gelu,
  log,
  max,
  mean,
  mul,
  neg,
  quickGelu,
  relu,
  sigmoid,
  silu,
  sin,
  sqrt,
  sub,
  sum,
  tanh,
} from "./ops/arithmetic.ts";
export { applyMap, attention, attentionMap, softmax } from "./ops/attention.ts";
export {
  after,
  concat,
  expand,
  gather,
  oneHot,
  pad,
  reshape,
  select,
  slice,
  split,
  transpose,
  upsample2x,
} from "./ops/layout.ts";
export { constant, filled, input, scalar, size, weight } from "./ops/leaf.ts";
export { affine, groupNorm, instanceNorm, layerNorm } from "./ops/norm.ts";
export { type ConvOptions, conv2d, convKernel, convTranspose2d, linear, matmul } from "./ops/product.ts";
export type { Port, Value, WeightSource } from "./value.ts";
