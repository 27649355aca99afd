import { type Dim, productOf } from "../dim.ts";
import { cast } from "../ops/arithmetic.ts";
import { gather, reshape, slice, transpose } from "../ops/layout.ts";
import { constant } from "../ops/leaf.ts";
import { conv2d, linear } from "../ops/product.ts";
import { inOrder } from "../order.ts";
import { type Op, operandsOf, type Value } from "../value.ts";
import { attentionInPieces, explicitAttention } from "./attention.ts";

/** Devices that graphs run on. A new one is a compile error in every table that needs an entry for it. */
export const DEVICES = ["cpu", "webgpu", "cuda", "coreml", "dml"] as const;
export type Device = (typeof DEVICES)[number];

/** In which type networks are computed; what is fed and what comes out is float32 in either. */
export const PRECISIONS = ["fp32", "fp16"] as const;
export type Precision = (typeof PRECISIONS)[number];

type OfKind<Kind extends Op["kind"]> = Extract<Op, { readonly kind: Kind }>;

/**
 * Ways to compute attention: ONNX Runtime's fused op; the same for values as wide as the keys only, since a GPU's fast path
 * takes no others; or products and a softmax, for devices whose fused op is wrong or missing.
 */
const ATTENTION = {
  fused: () => null,
  pieces: attentionInPieces,
  explicit: explicitAttention,
} satisfies Record<string, (op: OfKind<"attention">) => Value | null>;

/** A kernel [O, C, kh, kw] turned by half a circle, its channels changed about: [C, O, kh, kw]. */
function turnedKernel(weight: Value): Value {
  const turned = transpose(weight, [1, 0, 2, 3]);
  const places = productOf(weight.shape.slice(2)) as number;
  if (places === 1) return turned;
  const [c, o] = turned.shape as [Dim, Dim];
  const backwards = constant(
    [places],
    BigInt64Array.from({ length: places }, (_, i) => BigInt(places - 1 - i)),
  );
  return reshape(gather(reshape(turned, [c, o, places]), backwards, 2), turned.shape);
}

/** Whether a value is known before the graph runs, so that what is made of it alone is made once. */
function isKnown({ op }: Value): boolean {
  if (op.kind === "cast" || op.kind === "reshape") return isKnown(op.x);
  return op.kind === "weight" || op.kind === "constant";
}

/**
 * Ways to compute a transposed convolution: ONNX Runtime's op, or, where the stride is 1, a convolution with the turned
 * kernel. That is faster where the kernel is turned once, when the graph is opened, and takes memory for a copy of it.
 */
const CONV_TRANSPOSE = {
  direct: () => null,
  turned({ x, weight, stride, padding }) {
    const [kh, kw] = weight.shape.slice(2) as [number, number];
    const [top, left, bottom, right] = padding;
    const around = [kh - 1 - top, kw - 1 - left, kh - 1 - bottom, kw - 1 - right] as const;
    if (stride !== 1 || around.some((zeros) => zeros < 0) || !isKnown(weight)) return null;
    return conv2d(x, turnedKernel(weight), null, { padding: around });
  },
} satisfies Record<string, (op: OfKind<"convTranspose2d">) => Value | null>;

/**
 * Ways to read rows of a half-precision table: read and then made float32, or, for devices without half precision, read
 * from a float32 copy, which is made once, when the graph is opened.
 */
const HALF_TABLES = {
  asStored: () => null,
  widened({ x, dtype }) {
    if (x.op.kind !== "gather" || x.dtype !== "float16") return null;
    return gather(cast(x.op.x, dtype), x.op.indices, x.op.axis);
  },
} satisfies Record<string, (op: OfKind<"cast">) => Value | null>;

/**
 * Ways to take parts of what a linear layer gives: off its result, or by layers of those parts alone, whose weights are cut
 * once, when the graph is opened. That spares copies at every run, and takes memory for one of the weights.
 */
const LINEAR_PARTS = {
  cut: () => null,
  apart({ x, axis, start, end }) {
    if (x.op.kind !== "linear" || axis !== x.shape.length - 1 || !isKnown(x.op.weight)) return null;
    const { weight, bias } = x.op;
    return linear(x.op.x, slice(weight, 0, start, end), bias && slice(bias, 0, start, end));
  },
} satisfies Record<string, (op: OfKind<"slice">) => Value | null>;

/** How the ops that can be computed in several ways are computed. */
export interface Lowering {
  readonly attention: keyof typeof ATTENTION;
  readonly convTranspose: keyof typeof CONV_TRANSPOSE;
  readonly halfTables: keyof typeof HALF_TABLES;
  /**
   * Whether the model tells shapes with symbols, which ONNX Runtime could not find out by itself. By them it plans which
   * buffers are shared, and holds those until they are shared for the last time; without them each is freed where it is read
   * last.
   */
  readonly buffers: "planned" | "freed";
  readonly linearParts: keyof typeof LINEAR_PARTS;
  /** Half precision is for graphs that do not ask for single (`Graph.precision`). */
  readonly precision: Precision;
}

const CPU: Lowering = {
  attention: "fused",
  convTranspose: "turned",
  halfTables: "asStored",
  buffers: "planned",
  linearParts: "apart",
  precision: "fp32",
};
const GPU: Lowering = { ...CPU, attention: "explicit", halfTables: "widened" };

/** What is right on each device before it was probed; a probe may find the fused attention right. */
export const LOWERINGS = {
  cpu: CPU,
  webgpu: GPU,
  cuda: GPU,
  coreml: GPU,
  dml: GPU,
} satisfies Record<Device, Lowering>;

/**
 * The values that lead to some, in the order in which they are computed, and which of them another takes the place of in a
 * lowering.
 */
export function loweredOrder(
  outputs: readonly Value[],
  lowering: Lowering,
): { readonly order: readonly Value[]; readonly rewritten: ReadonlyMap<Value, Value> } {
  const rewritten = new Map<Value, Value>();
  const order = inOrder(outputs, (value) => {
    const replacement = rewrite(value, lowering);
    if (!replacement) return operandsOf(value.op);
    rewritten.set(value, replacement);
    return [replacement];
  });
  return { order, rewritten };
}

/** The value that takes another's place in a lowering; null where that stays as it is. */
function rewrite({ op }: Value, lowering: Lowering): Value | null {
  if (op.kind === "attention") return ATTENTION[lowering.attention](op);
  if (op.kind === "slice") return LINEAR_PARTS[lowering.linearParts](op);
  if (op.kind === "cast") return HALF_TABLES[lowering.halfTables](op);
  if (op.kind === "convTranspose2d") return CONV_TRANSPOSE[lowering.convTranspose](op);
  return null;
}
