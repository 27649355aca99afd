import {
  type BinaryFn,
  byKind,
  type Op,
  type OpTable,
  type ReduceFn,
  type UnaryFn,
  type Value,
} from "../value.ts";
import { convKernelNodes, END, unread } from "./convolution.ts";
import type { Emitter } from "./emitter.ts";
import { type AttributeValue, onnxType } from "./proto.ts";
import { dimOperand, expandOperand, reshapeOperand } from "./shapes.ts";

/** Which op it is, with which attributes; ONNX Runtime's own have a domain. */
interface Kernel {
  readonly type: string;
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  readonly domain?: string;
}

const UNARY: Record<UnaryFn, Kernel> = {
  sigmoid: { type: "Sigmoid" },
  erf: { type: "Erf" },
  sqrt: { type: "Sqrt" },
  exp: { type: "Exp" },
  log: { type: "Log" },
  neg: { type: "Neg" },
  sin: { type: "Sin" },
  cos: { type: "Cos" },
  tanh: { type: "Tanh" },
  relu: { type: "Relu" },
  // x·σ(alpha·x)
  silu: { type: "QuickGelu", attributes: { alpha: { float: 1 } }, domain: "com.microsoft" },
  gelu: { type: "Gelu", domain: "com.microsoft" },
};
const BINARY: Record<BinaryFn, string> = { add: "Add", sub: "Sub", mul: "Mul", div: "Div" };
const REDUCE: Record<ReduceFn, string> = { mean: "ReduceMean", sum: "ReduceSum", max: "ReduceMax" };

/** The layer a node belongs to, from the name of its weight. */
function layerName(op: Op): string | undefined {
  if (op.kind !== "linear" && op.kind !== "conv2d" && op.kind !== "layerNorm") return undefined;
  let source: Value = op.weight;
  while (source.op.kind === "cast") source = source.op.x;
  return source.op.kind === "weight" ? source.op.name.replace(/\.weight$/, "") : undefined;
}

/** The value whose op is emitted, and where its node goes. */
interface Target {
  readonly emitter: Emitter;
  readonly value: Value;
  /** Name of an operand, which was emitted before. */
  nameOf(operand: Value): string;
  /** How a file of weights is named in the model. */
  locationOf(file: string): string;
  /** Appends the node of this value, named after its layer. */
  emit(
    type: string,
    operands: readonly string[],
    attributes?: Readonly<Record<string, AttributeValue>>,
  ): string;
}

/** An int64 vector of one number that is there when `token` is, whatever it is. */
function anyNumber(emitter: Emitter, token: Value, name: string): string {
  const axis = token.shape.findIndex((dim) => typeof dim !== "number");
  if (axis >= 0) return emitter.node("Shape", [name], { start: { int: axis }, end: { int: axis + 1 } });
  // An optimiser knows the length of any other axis without the token.
  const flat = emitter.node("Reshape", [name, emitter.int64([-1])]);
  const first = emitter.node("Slice", [flat, ...[0, 1, 0].map((n) => emitter.int64([n]))]);
  return emitter.node("Cast", [first], { to: { int: onnxType("int64") } });
}

/** The ONNX nodes of each operation; an entry returns the name of the result. */
const NODES = {
  input: ({ name }) => name,
  weight: (op, { emitter, locationOf }) => emitter.weight(op, locationOf),
  constant: ({ shape, data }, { emitter }) => emitter.tensor(shape, data),
  unary({ fn, x }, { emitter, nameOf }) {
    const { type, attributes = {}, domain = "" } = UNARY[fn];
    return emitter.node(type, [nameOf(x)], attributes, { domain });
  },
  binary: ({ fn, a, b }, { emit, nameOf }) => emit(BINARY[fn], [nameOf(a), nameOf(b)]),
  cast: ({ x, dtype }, { emit, nameOf }) => emit("Cast", [nameOf(x)], { to: { int: onnxType(dtype) } }),
  matmul: ({ a, b }, { emit, nameOf }) => emit("MatMul", [nameOf(a), nameOf(b)]),
  linear({ x, weight, bias }, { emitter, emit, nameOf, value }) {
    const operands = [nameOf(weight), ...(bias ? [nameOf(bias)] : [])];
    const flat = x.shape.length === 2;
    const rows = flat
      ? nameOf(x)
      : emitter.node("Reshape", [nameOf(x), emitter.int64([-1, x.shape.at(-1) as number])]);
    const out = emit("Gemm", [rows, ...operands], { transB: { int: 1 } });
    return flat ? out : emitter.node("Reshape", [out, reshapeOperand(emitter, [], value.shape)]);
  },
  conv2d({ x, weight, bias, stride, padding }, { emit, nameOf }) {
    return emit("Conv", [x, weight, ...(bias ? [bias] : [])].map(nameOf), {
      kernel_shape: { ints: weight.shape.slice(2) as number[] },
      strides: { ints: [stride, stride] },
      pads: { ints: padding },
    });
  },
  convTranspose2d({ x, weight, stride, padding, size }, { emit, nameOf }) {
    const kernel = weight.shape.slice(2) as number[];
    return emit("ConvTranspose", [nameOf(x), nameOf(weight)], {
      kernel_shape: { ints: kernel },
      strides: { ints: [stride, stride] },
      pads: { ints: padding },
      output_padding: {
        ints: size.map((dim, i) => unread(dim, kernel[i]!, stride, padding[i]! + padding[i + 2]!)),
      },
    });
  },
  convKernel: (op, { emitter, nameOf }) => convKernelNodes(emitter, op, nameOf(op.x), nameOf(op.y)),
  softmax: ({ x }, { emit, nameOf }) => emit("Softmax", [nameOf(x)], { axis: { int: -1 } }),
  instanceNorm({ x, epsilon }, { emitter, emit, nameOf }) {
    const groups = x.shape[1] as number;
    const filled = (name: string, value: number): string =>
      emitter.once(`${name} ${groups}`, () => emitter.tensor([groups], new Float32Array(groups).fill(value)));
    const operands = [nameOf(x), filled("ones", 1), filled("zeros", 0)];
    return emit("InstanceNormalization", operands, { epsilon: { float: epsilon } });
  },
  layerNorm: ({ x, weight, bias, epsilon }, { emit, nameOf }) =>
    emit("LayerNormalization", [x, weight, bias].map(nameOf), {
      axis: { int: -1 },
      epsilon: { float: epsilon },
    }),
  attention: ({ q, k, v, heads, scale }, { emitter, nameOf }) =>
    emitter.node(
      "MultiHeadAttention",
      [q, k, v].map(nameOf),
      { num_heads: { int: heads }, scale: { float: scale } },
      { domain: "com.microsoft" },
    ),
  reshape: ({ x, shape }, { emitter, emit, nameOf }) =>
    emit("Reshape", [nameOf(x), reshapeOperand(emitter, x.shape, shape)]),
  expand: ({ x, shape }, { emitter, emit, nameOf }) =>
    emit("Expand", [nameOf(x), expandOperand(emitter, x.shape, shape)]),
  transpose: ({ x, permutation }, { emit, nameOf }) =>
    emit("Transpose", [nameOf(x)], { perm: { ints: permutation } }),
  concat: ({ xs, axis }, { emit, nameOf }) => emit("Concat", xs.map(nameOf), { axis: { int: axis } }),
  slice({ x, axis, start, end }, { emitter, emit, nameOf }) {
    return emit("Slice", [nameOf(x), ...[start, end, axis].map((n) => emitter.int64([n]))]);
  },
  pad({ x, axis, before, after }, { emitter, emit, nameOf }) {
    const ends = (length: number): number[] => x.shape.map((_, i) => (i === axis ? length : 0));
    return emit("Pad", [nameOf(x), emitter.int64([...ends(before), ...ends(after)])]);
  },
  oneHot({ indices, depth }, { emitter, emit, nameOf }) {
    const values = emitter.once("off, on", () => emitter.tensor([2], Float32Array.of(0, 1)));
    return emit("OneHot", [nameOf(indices), dimOperand(emitter, depth), values], { axis: { int: -1 } });
  },
  size: ({ dim }, { emitter, emit }) =>
    emit("Squeeze", [
      emitter.node("Cast", [dimOperand(emitter, dim)], { to: { int: onnxType("float32") } }),
      emitter.int64([0]),
    ]),
  after({ x, token }, { emitter, emit, nameOf }) {
    const zeros = (count: number): string =>
      emitter.once(`${count} zeros after ${nameOf(token)}`, () =>
        emitter.node("Mul", [
          anyNumber(emitter, token, nameOf(token)),
          emitter.int64(Array<number>(count).fill(0)),
        ]),
      );
    // Neither is the same value as x to an optimiser, which would merge them. A 0 in Reshape's shape leaves an axis as it is:
    // nothing is copied. Of reshapes to a shape that is known before, ONNX Runtime makes one and forgets the token.
    if (x.shape.some((dim) => typeof dim !== "number"))
      return emit("Reshape", [nameOf(x), zeros(x.shape.length)]);
    const from = (name: string): readonly string[] => [
      name,
      zeros(1),
      emitter.int64([END]),
      emitter.int64([0]),
    ];
    if (x.shape.length > 0) return emit("Slice", from(nameOf(x)));
    const row = emitter.node("Slice", from(emitter.node("Reshape", [nameOf(x), emitter.int64([1])])));
    return emit("Reshape", [row, emitter.int64([])]);
  },
  gather: ({ x, indices, axis }, { emit, nameOf }) =>
    emit("Gather", [nameOf(x), nameOf(indices)], { axis: { int: axis } }),
  upsample2x({ x }, { emitter, emit, nameOf }) {
    const scales = emitter.once("scales 2x", () => emitter.tensor([4], Float32Array.of(1, 1, 2, 2)));
    return emit("Resize", [nameOf(x), "", scales], {
      mode: { text: "nearest" },
      coordinate_transformation_mode: { text: "asymmetric" },
      nearest_mode: { text: "floor" },
    });
  },
  reduce({ fn, x, axis }, { emitter, emit, nameOf }) {
    // ReduceSum takes its axes as an operand since opset 13, the others as an attribute until 18.
    return fn === "sum"
      ? emit(REDUCE[fn], [nameOf(x), emitter.int64([axis])], { keepdims: { int: 0 } })
      : emit(REDUCE[fn], [nameOf(x)], { axes: { ints: [axis] }, keepdims: { int: 0 } });
  },
} satisfies OpTable<[Target], string>;

/** Emits one operation whose operands are already emitted; returns the name of its result. */
export function lower(
  emitter: Emitter,
  value: Value,
  nameOf: (operand: Value) => string,
  locationOf: (file: string) => string,
): string {
  const layer = layerName(value.op);
  const named = layer === undefined ? {} : { name: layer };
  return byKind<[Target], string>(NODES, value.op, {
    emitter,
    value,
    nameOf,
    locationOf,
    emit: (type, operands, attributes = {}) => emitter.node(type, operands, attributes, named),
  });
}
