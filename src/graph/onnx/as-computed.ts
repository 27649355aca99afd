import type { Graph } from "../graph.ts";
import type { Value } from "../value.ts";
import { inHalfPrecision } from "./half.ts";
import type { Device, Lowering } from "./lowering.ts";

/** Whether values are kept in half precision between ops: the processor has no kernels for it, so that ONNX Runtime widens them there. */
export const keepsHalf = ({ precision }: Lowering, device: Device): boolean =>
  precision === "fp16" && device !== "cpu";

/**
 * A graph with its values in the types that a device has them in while it computes, for what they take of memory. Attention stays
 * one op: what it needs inside lies with the device.
 */
export function asComputed(graph: Graph, lowering: Lowering, device: Device): Graph {
  if (graph.precision === "fp32" || !keepsHalf(lowering, device)) return graph;
  const given = Object.entries(graph.outputs).filter((entry): entry is [string, Value] => !!entry[1]);
  const values = given.map(([, value]) => value);
  const half = inHalfPrecision(values, { ...lowering, attention: "fused" });
  return { ...graph, outputs: Object.fromEntries(given.map(([name], i) => [name, half[i]!])) };
}
