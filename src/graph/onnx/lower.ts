import { divDims } from "../dim.ts";
import { softmax } from "../ops/attention.ts";
import { mul } from "../ops/elementwise.ts";
import { reshape, transpose } from "../ops/layout.ts";
import { matmul } from "../ops/product.ts";
import type { BinaryFn, Op, ReduceFn, UnaryFn, Value } from "../value.ts";
import type { Emitter } from "./emitter.ts";
import { type AttributeValue, onnxType } from "./proto.ts";
import { expandOperand, reshapeOperand } from "./shapes.ts";

/** How attention is computed: one fused op, or matrix products and a softmax (for devices whose fused op is wrong). */
export type AttentionLowering = "fused" | "explicit";

const UNARY: Record<UnaryFn, string> = {
  sigmoid: "Sigmoid",
  erf: "Erf",
  sqrt: "Sqrt",
  exp: "Exp",
  neg: "Neg",
  sin: "Sin",
  cos: "Cos",
  tanh: "Tanh",
};
const BINARY: Record<BinaryFn, string> = { add: "Add", sub: "Sub", mul: "Mul", div: "Div" };
const REDUCE: Record<ReduceFn, string> = { mean: "ReduceMean", sum: "ReduceSum", max: "ReduceMax" };

/** Values that a value is rewritten into before it is emitted; null where it has an ONNX op of its own. */
export function rewrite(value: Value, lowering: AttentionLowering): Value | null {
  if (value.op.kind !== "attention" || lowering === "fused") return null;
  const { q, k, v, heads, scale } = value.op;
  const byHead = (x: Value, axes: readonly number[]): Value => {
    const [b, n, width] = x.shape;
    return transpose(reshape(x, [b!, n!, heads, divDims(width!, heads)!]), axes);
  };
  const scores = mul(matmul(byHead(q, [0, 2, 1, 3]), byHead(k, [0, 2, 3, 1])), scale);
  const out = matmul(softmax(scores), byHead(v, [0, 2, 1, 3]));
  return reshape(transpose(out, [0, 2, 1, 3]), value.shape);
}

/** The layer a node belongs to, from the name of its weight. */
function layerName(op: Op): string | undefined {
  if (op.kind !== "linear" && op.kind !== "conv2d" && op.kind !== "layerNorm") return undefined;
  let source: Value = op.weight;
  while (source.op.kind === "cast") source = source.op.x;
  return source.op.kind === "weight" ? source.op.name.replace(/\.weight$/, "") : undefined;
}

/** Emits one operation whose operands are already emitted; returns the name of its result. */
export function lower(
  emitter: Emitter,
  value: Value,
  nameOf: (operand: Value) => string,
  locationOf: (file: string) => string,
): string {
  const { op } = value;
  const layer = layerName(op);
  const emit = (
    type: string,
    operands: readonly string[],
    attributes: Readonly<Record<string, AttributeValue>> = {},
  ) => emitter.node(type, operands, attributes, layer === undefined ? {} : { name: layer });
  switch (op.kind) {
    case "input":
      return op.name;
    case "weight":
      return emitter.weight(value, locationOf);
    case "constant":
      return emitter.tensor(value.shape as readonly number[], op.data);
    case "unary":
      return emit(UNARY[op.fn], [nameOf(op.x)]);
    case "binary":
      return emit(BINARY[op.fn], [nameOf(op.a), nameOf(op.b)]);
    case "cast":
      return emit("Cast", [nameOf(op.x)], { to: { int: onnxType(value.dtype) } });
    case "matmul":
      return emit("MatMul", [nameOf(op.a), nameOf(op.b)]);
    case "linear": {
      const operands = [nameOf(op.weight), ...(op.bias ? [nameOf(op.bias)] : [])];
      const flat = op.x.shape.length === 2;
      const rows = flat
        ? nameOf(op.x)
        : emitter.node("Reshape", [nameOf(op.x), emitter.int64([-1, op.x.shape.at(-1) as number])]);
      const out = emit("Gemm", [rows, ...operands], { transB: { int: 1 } });
      return flat ? out : emitter.node("Reshape", [out, reshapeOperand(emitter, [], value.shape)]);
    }
    case "conv2d": {
      const kernel = op.weight.shape.slice(2) as number[];
      return emit("Conv", [op.x, op.weight, ...(op.bias ? [op.bias] : [])].map(nameOf), {
        kernel_shape: { ints: kernel },
        strides: { ints: [op.stride, op.stride] },
        pads: { ints: op.padding },
      });
    }
    case "softmax":
      return emit("Softmax", [nameOf(op.x)], { axis: { int: -1 } });
    case "instanceNorm": {
      const groups = value.shape[1] as number;
      const ones = emitter.once(`ones ${groups}`, () =>
        emitter.float32([groups], new Float32Array(groups).fill(1)),
      );
      const zeros = emitter.once(`zeros ${groups}`, () =>
        emitter.float32([groups], new Float32Array(groups)),
      );
      return emit("InstanceNormalization", [nameOf(op.x), ones, zeros], { epsilon: { float: op.epsilon } });
    }
    case "layerNorm":
      return emit("LayerNormalization", [op.x, op.weight, op.bias].map(nameOf), {
        axis: { int: -1 },
        epsilon: { float: op.epsilon },
      });
    case "attention":
      return emitter.node(
        "MultiHeadAttention",
        [op.q, op.k, op.v].map(nameOf),
        { num_heads: { int: op.heads }, scale: { float: op.scale } },
        { domain: "com.microsoft" },
      );
    case "reshape":
      return emit("Reshape", [nameOf(op.x), reshapeOperand(emitter, op.x.shape, value.shape)]);
    case "expand":
      return emit("Expand", [nameOf(op.x), expandOperand(emitter, op.x.shape, value.shape)]);
    case "transpose":
      return emit("Transpose", [nameOf(op.x)], { perm: { ints: op.permutation } });
    case "concat":
      return emit("Concat", op.xs.map(nameOf), { axis: { int: op.axis } });
    case "slice": {
      const bounds = [op.start, op.end, op.axis].map((n) => emitter.int64([n]));
      return emit("Slice", [nameOf(op.x), ...bounds]);
    }
    case "gather":
      return emit("Gather", [nameOf(op.x), nameOf(op.indices)], { axis: { int: op.axis } });
    case "upsample2x": {
      const scales = emitter.once("scales 2x", () => emitter.float32([4], new Float32Array([1, 1, 2, 2])));
      return emit("Resize", [nameOf(op.x), "", scales], {
        mode: { text: "nearest" },
        coordinate_transformation_mode: { text: "asymmetric" },
        nearest_mode: { text: "floor" },
      });
    }
    case "reduce":
      // ReduceSum takes its axes as an operand since opset 13, the others as an attribute until 18.
      return op.fn === "sum"
        ? emit(REDUCE[op.fn], [nameOf(op.x), emitter.int64([op.axis])], { keepdims: { int: 0 } })
        : emit(REDUCE[op.fn], [nameOf(op.x)], { axes: { ints: [op.axis] }, keepdims: { int: 0 } });
  }
}
