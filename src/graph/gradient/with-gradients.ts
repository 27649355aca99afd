import type { Graph } from "../graph.ts";
import { add } from "../ops/arithmetic.ts";
import { input } from "../ops/leaf.ts";
import { inOrder } from "../order.ts";
import { operandsOf, type Value } from "../value.ts";
import { type GradientOptions, gradients } from "./gradients.ts";

/** The output that holds the gradient with respect to the input or fed weight `N`. */
export type GradientName<N extends string = string> = `gradient/${N}`;

export function gradientName<N extends string>(name: N): GradientName<N> {
  return `gradient/${name}`;
}

/** A graph that also gives gradients of one of its outputs. */
export type WithGradients<G extends Graph, N extends string> = Graph<
  G["inputs"],
  G["outputs"] & { readonly [K in N as GradientName<K>]: Value }
>;

/**
 * `graph` with further outputs: the gradients of its scalar output `of` with respect to the inputs and fed weights named
 * in `to`, each under its `gradientName`. It is a graph like any other, made of the same operations. Throws as
 * `gradients` does. It is computed in single precision: half loses small gradients.
 */
export function withGradients<G extends Graph, N extends string>(
  graph: G,
  of: keyof G["outputs"] & string,
  to: readonly N[],
  options?: GradientOptions,
): WithGradients<G, N> {
  const output = graph.outputs[of];
  if (!output) throw new Error(`The graph has no output "${of}" to take gradients of.`);
  // Whoever built the graph may have made several values of one port: each has a share of its gradient.
  const read = new Map<string, Value[]>();
  for (const value of inOrder([output], ({ op }) => operandsOf(op))) {
    const { op } = value;
    if (op.kind === "input") read.set(op.name, [...(read.get(op.name) ?? []), value]);
  }
  const leavesOf = (name: N): readonly Value[] => {
    const port = graph.inputs[name] ?? graph.weights?.[name];
    if (!port) throw new Error(`The graph has no input "${name}" to take gradients with respect to.`);
    return read.get(name) ?? [input(name, port)];
  };
  const leaves = to.map(leavesOf);
  const values = gradients(output, leaves.flat(), options);
  const gradientOf = new Map(leaves.flat().map((leaf, i) => [leaf, values[i]!]));
  const added = to.map((name, i) => {
    const shares = leaves[i]!.map((leaf) => gradientOf.get(leaf)!);
    return [gradientName(name), shares.reduce((a, b) => add(a, b))];
  });
  const outputs = { ...graph.outputs, ...Object.fromEntries(added) };
  return { ...graph, outputs, precision: "fp32" } as WithGradients<G, N>;
}
