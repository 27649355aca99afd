import { create, toBinary } from "@bufbuild/protobuf";
import { equalShapes, formatDims } from "../dim.ts";
import type { Graph, Ports } from "../graph.ts";
import type { Port, Value } from "../value.ts";
import { createEmitter } from "./emitter.ts";
import { inHalfPrecision } from "./half.ts";
import { commonFolder } from "./location.ts";
import { lower } from "./lower.ts";
import { type Lowering, loweredOrder } from "./lowering.ts";
import { ModelProtoSchema } from "./onnx_pb.ts";
import { valueInfo } from "./proto.ts";

/** A graph as ONNX Runtime takes it. Its weights are not in it: they are read from files below `dataFolder`. */
export interface CompiledGraph<G extends Graph = Graph> {
  /** Serialised ONNX ModelProto. */
  readonly model: Uint8Array;
  /** Folder that the model's external data locations are relative to, null where it has no weights. */
  readonly dataFolder: string | null;
  readonly inputs: G["inputs"];
  /** Weights that are fed. */
  readonly weights: Readonly<Record<string, Port>>;
  /** Type and shape of each output. */
  readonly outputs: { readonly [N in keyof G["outputs"]]: Pick<Value, "dtype" | "shape"> };
}

/** Whether a value is the result of a node, not a leaf, which has a name and shape in the model anyway. */
function isComputed({ op: { kind } }: Value): boolean {
  return kind !== "input" && kind !== "weight" && kind !== "constant";
}

/** The entries of a record that are there. */
function present<T>(record: { readonly [name: string]: T | undefined }): [string, T][] {
  return Object.entries(record).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
}

/** A value that reads what nobody is told to feed is a fault of the code that builds the graph. */
function checkDeclared(order: readonly Value[], ports: Ports): void {
  for (const { op } of order) {
    if (op.kind !== "input") continue;
    const declared = ports[op.name];
    if (declared?.dtype === op.port.dtype && equalShapes(declared.shape, op.port.shape)) continue;
    throw new Error(
      `The graph reads "${op.name}" as ${op.port.dtype} ${formatDims(op.port.shape)}, which is not among its inputs.`,
    );
  }
}

/**
 * Turns a graph into an ONNX model (opset 17), in half precision where the lowering says so and the graph allows it. All of its inputs belong to the model, also those that nothing reads.
 */
export function compile<G extends Graph>(graph: G, lowering: Lowering): CompiledGraph<G> {
  const { inputs, weights = {} } = graph;
  const given = present(graph.outputs);
  const isHalf = (graph.precision ?? lowering.precision) === "fp16";
  const values = given.map(([, value]) => value);
  const computed = isHalf ? inHalfPrecision(values, lowering) : values;
  const outputs = given.map(([name], i) => [name, computed[i]!] as const);
  const ports = { ...inputs, ...weights };
  const { order, rewritten } = loweredOrder(computed, lowering);
  checkDeclared(order, ports);
  const files = order.flatMap(({ op }) =>
    op.kind === "weight" && "file" in op.location ? [op.location.file] : [],
  );
  const folder = commonFolder(files);
  const emitter = createEmitter(ports);
  const names = new Map<Value, string>();
  const nameOf = (value: Value): string => {
    const name = names.get(value);
    if (name === undefined) throw new Error(`A ${value.op.kind} was used before it was emitted.`);
    return name;
  };
  for (const value of order) {
    const other = rewritten.get(value);
    names.set(value, other ? nameOf(other) : lower(emitter, value, nameOf, folder.locationOf));
  }
  for (const [name, value] of outputs) emitter.node("Identity", [nameOf(value)], {}, { output: name });
  const model = create(ModelProtoSchema, {
    irVersion: 8n,
    producerName: "fatezero",
    opsetImport: [
      { domain: "", version: 17n },
      { domain: "com.microsoft", version: 1n },
    ],
    graph: {
      name: "fatezero",
      node: [...emitter.nodes],
      initializer: [...emitter.initializers],
      input: present(ports).map(([name, { dtype, shape }]) => valueInfo(name, dtype, shape)),
      valueInfo: order.flatMap((value) =>
        lowering.buffers === "planned" && isComputed(value) && !rewritten.has(value)
          ? [valueInfo(nameOf(value), value.dtype, value.shape)]
          : [],
      ),
      output: outputs.map(([name, { dtype, shape }]) => valueInfo(name, dtype, shape)),
    },
  });
  return {
    model: toBinary(ModelProtoSchema, model),
    dataFolder: folder.path,
    inputs,
    weights,
    outputs: Object.fromEntries(
      outputs.map(([name, { dtype, shape }]) => [name, { dtype, shape }]),
    ) as CompiledGraph<G>["outputs"],
  };
}
