import { create, toBinary } from "@bufbuild/protobuf";
import type { DType } from "../../tensor/index.ts";
import { type Dim, formatDim } from "../dim.ts";
import { inputsOf, type Value } from "../value.ts";
import { createEmitter } from "./emitter.ts";
import { commonFolder } from "./location.ts";
import { type AttentionLowering, lower, rewrite } from "./lower.ts";
import { ModelProtoSchema } from "./onnx_pb.ts";
import { valueInfo } from "./proto.ts";

export type { AttentionLowering } from "./lower.ts";

/** An input or output of a compiled graph; symbolic dimensions by their formula. */
export interface GraphPort {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly (number | string)[];
}

/** A graph as ONNX Runtime takes it. Its weights are not in it: they are read from files below `dataFolder`. */
export interface CompiledGraph {
  /** Serialised ONNX ModelProto. */
  readonly model: Uint8Array;
  /** Folder that the model's external data locations are relative to, null where it has no weights. */
  readonly dataFolder: string | null;
  readonly inputs: readonly GraphPort[];
  readonly outputs: readonly GraphPort[];
}

export interface CompileOptions {
  /** @default "fused" */
  readonly attention?: AttentionLowering;
}

/** All values that `outputs` depend on, operands first. Iterative: a UNet is deeper than the call stack likes. */
function topological(outputs: readonly Value[], lowering: AttentionLowering) {
  const order: Value[] = [];
  const rewritten = new Map<Value, Value>();
  const state = new Map<Value, "open" | "done">();
  const stack = [...outputs].reverse();
  while (stack.length > 0) {
    const value = stack[stack.length - 1]!;
    const seen = state.get(value);
    if (seen) {
      stack.pop();
      if (seen === "open") order.push(value);
      state.set(value, "done");
      continue;
    }
    state.set(value, "open");
    const replacement = rewrite(value, lowering);
    if (replacement) rewritten.set(value, replacement);
    for (const operand of replacement ? [replacement] : inputsOf(value.op)) {
      if (!state.has(operand)) stack.push(operand);
    }
  }
  return { order, rewritten };
}

function port(name: string, value: Value): GraphPort {
  return {
    name,
    dtype: value.dtype,
    shape: value.shape.map((d: Dim) => (typeof d === "number" ? d : formatDim(d))),
  };
}

/**
 * Turns values into an ONNX model (opset 17) that computes them. Inputs are found by walking the graph; an output
 * keeps the name it has in `outputs`.
 */
export function compile(
  outputs: Readonly<Record<string, Value>>,
  options: CompileOptions = {},
): CompiledGraph {
  const { order, rewritten } = topological(Object.values(outputs), options.attention ?? "fused");
  const inputs = order.filter((value) => value.op.kind === "input");
  const files = order.flatMap(({ op }) =>
    op.kind === "weight" && "file" in op.location ? [op.location.file] : [],
  );
  const folder = commonFolder(files);
  const emitter = createEmitter(inputs);
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
  for (const [name, value] of Object.entries(outputs)) {
    emitter.node("Identity", [nameOf(value)], {}, { output: name });
  }
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
      input: inputs.map((value) => valueInfo(nameOf(value), value.dtype, value.shape)),
      output: Object.entries(outputs).map(([name, value]) => valueInfo(name, value.dtype, value.shape)),
    },
  });
  return {
    model: toBinary(ModelProtoSchema, model),
    dataFolder: folder.path,
    inputs: inputs.map((value) => port(nameOf(value), value)),
    outputs: Object.entries(outputs).map(([name, value]) => port(name, value)),
  };
}
