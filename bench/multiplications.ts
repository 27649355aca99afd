/** How many multiplications a graph asks for, by the shapes of its values. */
import { type Dim, type Graph, productOf, type Sizes } from "../src/graph/index.ts";
import { inOrder } from "../src/graph/order.ts";
import { operandsOf, type Value } from "../src/graph/value.ts";

/** Whose they are: beside these all else is little. */
export const FAMILIES = ["convolutions", "linear layers", "attention"] as const;
export type Family = (typeof FAMILIES)[number];

export function sizeOf(dim: Dim, sizes: Sizes): number {
  if (typeof dim === "number") return dim;
  return dim.symbols.reduce((size, name) => size * sizes[name]!, dim.factor);
}

function ofValue({ op, shape }: Value, sizes: Sizes): readonly [Family, number] | null {
  const count = (...dims: readonly Dim[]): number => sizeOf(productOf(dims), sizes);
  switch (op.kind) {
    case "conv2d":
      return ["convolutions", count(...shape) * count(...op.weight.shape.slice(1))];
    case "linear":
      return ["linear layers", count(...shape) * count(op.x.shape.at(-1)!)];
    case "matmul":
      return ["linear layers", count(...shape) * count(op.a.shape.at(-1)!)];
    case "attention": {
      const scores = count(...op.q.shape.slice(0, 2), op.k.shape[1]!);
      return ["attention", scores * (count(op.q.shape[2]!) + count(op.v.shape[2]!))];
    }
    default:
      return null;
  }
}

/** Multiplications of each family. */
export function byFamily(graph: Graph, sizes: Sizes): Readonly<Record<Family, number>> {
  const sums = { convolutions: 0, "linear layers": 0, attention: 0 };
  const outputs = Object.values(graph.outputs).filter((value) => value !== undefined);
  for (const value of inOrder(outputs, ({ op }) => operandsOf(op))) {
    const [family, count] = ofValue(value, sizes) ?? ["attention", 0];
    sums[family] += count;
  }
  return sums;
}

/** All of them. */
export const multiplications = (graph: Graph, sizes: Sizes): number =>
  Object.values(byFamily(graph, sizes)).reduce((sum, count) => sum + count, 0);
