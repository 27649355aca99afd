import { addDims, type Dim, divDims, equalDims, formatDims, mulDims, productOf } from "./dim.ts";
import { GraphShapeError } from "./errors.ts";
import { byKind, type Op, type OpTable, type Value } from "./value.ts";

/** Type and shape of what an operation computes. */
type Result = Pick<Value, "dtype" | "shape">;

const like = ({ dtype, shape }: Value): Result => ({ dtype, shape });

/** Throws GraphShapeError where `x` has no such axis, counted from 0. */
function checkAxis(op: string, x: Value, axis: number): void {
  if (axis < 0 || axis >= x.shape.length)
    throw new GraphShapeError(`${op}: ${formatDims(x.shape)} has no axis ${axis}`);
}

function broadcast(fn: string, a: Value, b: Value): Dim[] {
  const rank = Math.max(a.shape.length, b.shape.length);
  return Array.from({ length: rank }, (_, i) => {
    const da = a.shape[a.shape.length - rank + i] ?? 1;
    const db = b.shape[b.shape.length - rank + i] ?? 1;
    if (equalDims(da, db) || db === 1) return da;
    if (da === 1) return db;
    throw new GraphShapeError(
      `${fn}: shapes ${formatDims(a.shape)} and ${formatDims(b.shape)} do not broadcast`,
    );
  });
}

/** Throws GraphShapeError where a layer's weight does not take `x` or its bias is not as long as its output. */
function checkWeights(op: string, x: Value, weight: Value, bias: Value | null, takes: boolean): void {
  if (!takes) {
    throw new GraphShapeError(
      `${op}: input ${formatDims(x.shape)} does not fit weight ${formatDims(weight.shape)}`,
    );
  }
  if (bias && !(bias.shape.length === 1 && equalDims(bias.shape[0]!, weight.shape[0]!))) {
    throw new GraphShapeError(
      `${op}: bias ${formatDims(bias.shape)} does not fit weight ${formatDims(weight.shape)}`,
    );
  }
}

/** floor((length + padding − kernel) / stride) + 1, exact for symbolic lengths that the stride divides. */
function convLength(length: Dim, kernel: number, stride: number, padding: number): Dim | null {
  if (typeof length === "number") {
    const out = Math.floor((length + padding - kernel) / stride) + 1;
    return out > 0 ? out : null;
  }
  return Math.floor((padding - kernel) / stride) === -1 ? divDims(length, stride) : null;
}

const isLength = (computed: Dim | null, expected: Dim): boolean =>
  computed !== null && equalDims(computed, expected);

/** What each operation gives, and what it refuses: the only place that knows. */
const RESULTS = {
  input: ({ port: { dtype, shape } }) => ({ dtype, shape }),
  weight: ({ dtype, shape }) => ({ dtype, shape }),
  constant({ shape, data }) {
    const count = productOf(shape);
    if (count !== data.length) {
      throw new GraphShapeError(
        `a constant of shape ${formatDims(shape)} needs ${count} values, got ${data.length}`,
      );
    }
    return { dtype: data instanceof BigInt64Array ? "int64" : "float32", shape };
  },
  unary: ({ x }) => like(x),
  binary({ fn, a, b }) {
    if (a.dtype !== b.dtype) throw new GraphShapeError(`${fn}: types ${a.dtype} and ${b.dtype} differ`);
    return { dtype: a.dtype, shape: broadcast(fn, a, b) };
  },
  cast: ({ x, dtype }) => ({ dtype, shape: x.shape }),
  matmul({ a, b }) {
    const inner = a.shape.at(-1);
    const rows = b.shape.at(-2);
    if (inner === undefined || rows === undefined || !equalDims(inner, rows))
      throw new GraphShapeError(`matmul: ${formatDims(a.shape)} × ${formatDims(b.shape)}`);
    const [longer, shorter] = a.shape.length >= b.shape.length ? [a, b] : [b, a];
    const lead = longer.shape.slice(0, -2);
    const other = shorter.shape.slice(0, -2);
    const offset = lead.length - other.length;
    if (!other.every((dim, i) => dim === 1 || equalDims(dim, lead[offset + i]!))) {
      throw new GraphShapeError(
        `matmul: leading axes of ${formatDims(a.shape)} and ${formatDims(b.shape)} differ`,
      );
    }
    return { dtype: a.dtype, shape: [...lead, a.shape.at(-2)!, b.shape.at(-1)!] };
  },
  linear({ x, weight, bias }) {
    const [out, features] = weight.shape;
    const width = x.shape.at(-1);
    const takes = weight.shape.length === 2 && width !== undefined && equalDims(width, features!);
    checkWeights("linear", x, weight, bias, takes);
    return { dtype: x.dtype, shape: [...x.shape.slice(0, -1), out!] };
  },
  conv2d({ x, weight, bias, stride, padding: [top, left, bottom, right] }) {
    const [b, c, h, w] = x.shape;
    const [o, wc, kh, kw] = weight.shape;
    const takes = x.shape.length === 4 && weight.shape.length === 4 && equalDims(c!, wc!);
    checkWeights("conv2d", x, weight, bias, takes);
    const height = convLength(h!, kh as number, stride, top + bottom);
    const width = convLength(w!, kw as number, stride, left + right);
    if (height === null || width === null) {
      throw new GraphShapeError(
        `conv2d: stride ${stride} does not divide the size of ${formatDims(x.shape)}`,
      );
    }
    return { dtype: x.dtype, shape: [b!, o!, height, width] };
  },
  convTranspose2d({ x, weight, stride, padding: [top, left, bottom, right], size: [h, w] }) {
    const [b, o, height, width] = x.shape;
    const [wo, c, kh, kw] = weight.shape;
    const fits =
      x.shape.length === 4 &&
      weight.shape.length === 4 &&
      equalDims(o!, wo!) &&
      isLength(convLength(h, kh as number, stride, top + bottom), height!) &&
      isLength(convLength(w, kw as number, stride, left + right), width!);
    if (!fits) {
      throw new GraphShapeError(
        `convTranspose2d: ${formatDims(x.shape)} is not what weight ${formatDims(weight.shape)} with stride ${stride} makes of size ${formatDims([h, w])}`,
      );
    }
    return { dtype: x.dtype, shape: [b!, c!, h, w] };
  },
  convKernel({ x, y, stride, padding: [top, left, bottom, right], size: [kh, kw] }) {
    const [b, c, h, w] = x.shape;
    const [yb, o, height, width] = y.shape;
    const fits =
      x.shape.length === 4 &&
      y.shape.length === 4 &&
      equalDims(b!, yb!) &&
      isLength(convLength(h!, kh, stride, top + bottom), height!) &&
      isLength(convLength(w!, kw, stride, left + right), width!);
    if (!fits) {
      throw new GraphShapeError(
        `convKernel: no kernel of ${kh}×${kw} with stride ${stride} leads from ${formatDims(x.shape)} to ${formatDims(y.shape)}`,
      );
    }
    return { dtype: x.dtype, shape: [o!, c!, kh, kw] };
  },
  softmax: ({ x }) => like(x),
  instanceNorm({ x }) {
    if (x.shape.length !== 3 || typeof x.shape[1] !== "number")
      throw new GraphShapeError(`instanceNorm: ${formatDims(x.shape)} is not [B, groups, K]`);
    return like(x);
  },
  layerNorm({ x, weight, bias }) {
    const width = x.shape.at(-1);
    checkWeights("layerNorm", x, weight, bias, width !== undefined && width === weight.shape[0]);
    return like(x);
  },
  attention({ q, k, v, heads }) {
    const [b, n, width] = q.shape;
    const fits =
      [q, k, v].every(({ shape }) => shape.length === 3) &&
      equalDims(k.shape[0]!, b!) &&
      equalDims(v.shape[0]!, b!) &&
      equalDims(k.shape[1]!, v.shape[1]!) &&
      equalDims(k.shape[2]!, width!) &&
      typeof width === "number" &&
      width % heads === 0 &&
      divDims(v.shape[2]!, heads) !== null;
    if (!fits) {
      throw new GraphShapeError(
        `attention with ${heads} heads: q ${formatDims(q.shape)}, k ${formatDims(k.shape)}, v ${formatDims(v.shape)}`,
      );
    }
    return { dtype: q.dtype, shape: [b!, n!, v.shape[2]!] };
  },
  reshape({ x, shape }) {
    if (!equalDims(productOf(x.shape), productOf(shape))) {
      throw new GraphShapeError(
        `reshape: ${formatDims(x.shape)} does not hold as many elements as ${formatDims(shape)}`,
      );
    }
    return { dtype: x.dtype, shape };
  },
  expand({ x, shape }) {
    const fits =
      x.shape.length === shape.length && x.shape.every((dim, i) => dim === 1 || equalDims(dim, shape[i]!));
    if (!fits)
      throw new GraphShapeError(`expand: ${formatDims(x.shape)} does not expand to ${formatDims(shape)}`);
    return { dtype: x.dtype, shape };
  },
  transpose({ x, permutation }) {
    const sorted = [...permutation].sort((a, b) => a - b);
    if (sorted.length !== x.shape.length || sorted.some((axis, i) => axis !== i)) {
      throw new GraphShapeError(
        `transpose: [${permutation.join(", ")}] is no order of the axes of ${formatDims(x.shape)}`,
      );
    }
    return { dtype: x.dtype, shape: permutation.map((axis) => x.shape[axis]!) };
  },
  concat({ xs, axis }) {
    const [first, ...others] = xs;
    if (!first) throw new GraphShapeError("concat: needs at least one value");
    checkAxis("concat", first, axis);
    let length: Dim = first.shape[axis]!;
    for (const x of others) {
      const sum = x.shape.length === first.shape.length ? addDims(length, x.shape[axis]!) : null;
      const rest = x.shape.every((dim, i) => i === axis || equalDims(dim, first.shape[i]!));
      if (sum === null || !rest || x.dtype !== first.dtype) {
        throw new GraphShapeError(
          `concat on axis ${axis}: ${formatDims(x.shape)} does not continue ${formatDims(first.shape)}`,
        );
      }
      length = sum;
    }
    return { dtype: first.dtype, shape: first.shape.map((dim, i) => (i === axis ? length : dim)) };
  },
  slice({ x, axis, start, end }) {
    checkAxis("slice", x, axis);
    const length = x.shape[axis]!;
    if (typeof length !== "number" || start < 0 || end > length || start >= end)
      throw new GraphShapeError(`slice: ${formatDims(x.shape)} has no part ${start}…${end} on axis ${axis}`);
    return { dtype: x.dtype, shape: x.shape.map((dim, i) => (i === axis ? end - start : dim)) };
  },
  pad({ x, axis, before, after }) {
    checkAxis("pad", x, axis);
    const length = x.shape[axis]!;
    if (typeof length !== "number" || before < 0 || after < 0)
      throw new GraphShapeError(`pad: ${formatDims(x.shape)} takes no ${before} + ${after} on axis ${axis}`);
    const padded = before + length + after;
    return { dtype: x.dtype, shape: x.shape.map((dim, i) => (i === axis ? padded : dim)) };
  },
  oneHot({ indices, depth }) {
    if (indices.dtype !== "int64")
      throw new GraphShapeError(`oneHot: indices are ${indices.dtype}, not int64`);
    return { dtype: "float32", shape: [...indices.shape, depth] };
  },
  size: () => ({ dtype: "float32", shape: [] }),
  after: ({ x }) => like(x),
  gather({ x, indices, axis }) {
    checkAxis("gather", x, axis);
    if (indices.dtype !== "int64")
      throw new GraphShapeError(`gather: indices are ${indices.dtype}, not int64`);
    return {
      dtype: x.dtype,
      shape: [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)],
    };
  },
  upsample2x({ x }) {
    const [b, c, h, w] = x.shape;
    if (x.shape.length !== 4)
      throw new GraphShapeError(`upsample2x: ${formatDims(x.shape)} is not [B, C, H, W]`);
    return { dtype: x.dtype, shape: [b!, c!, mulDims(h!, 2), mulDims(w!, 2)] };
  },
  reduce({ fn, x, axis }) {
    checkAxis(fn, x, axis);
    return { dtype: x.dtype, shape: x.shape.filter((_, i) => i !== axis) };
  },
} satisfies OpTable<[], Result>;

/** The value that an operation computes. Throws GraphShapeError where its operands do not fit. */
export function resultOf(op: Op): Value {
  return { op, ...byKind<[], Result>(RESULTS, op) };
}
