import type { Ports } from "../graph.ts";
import type { Op } from "../value.ts";
import type { NodeProto, TensorProto } from "./onnx_pb.ts";
import { type AttributeValue, bytesTensor, externalTensor, inlineTensor, nodeProto } from "./proto.ts";

/** Where a symbol's value is read from when the graph runs: one axis of one input. */
interface SymbolSource {
  readonly input: string;
  readonly axis: number;
  /** The axis's length is this many times the symbol. */
  readonly factor: number;
}

/** Finds for every symbol an input axis that tells its value. */
function symbolSources(inputs: Ports): Map<string, SymbolSource> {
  const sources = new Map<string, SymbolSource>();
  for (const [input, port] of Object.entries(inputs)) {
    for (const [axis, dim] of port?.shape.entries() ?? []) {
      const name = typeof dim === "number" || dim.symbols.length !== 1 ? undefined : dim.symbols[0];
      if (name === undefined || typeof dim === "number" || sources.has(name)) continue;
      sources.set(name, { input, axis, factor: dim.factor });
    }
  }
  return sources;
}

/** Collects the nodes and initializers of one model while its graph is walked. */
export interface Emitter {
  readonly nodes: readonly NodeProto[];
  readonly initializers: readonly TensorProto[];
  readonly symbols: ReadonlyMap<string, SymbolSource>;
  /** Appends a node and returns the name of its output. */
  node(
    opType: string,
    inputs: readonly string[],
    attributes?: Readonly<Record<string, AttributeValue>>,
    options?: { name?: string; output?: string; domain?: string },
  ): string;
  /** A constant vector of integers; equal vectors are stored once. */
  int64(values: readonly number[]): string;
  tensor(shape: readonly number[], data: Float32Array | BigInt64Array): string;
  /** `locationOf` tells how a file is named in the model. */
  weight(op: Extract<Op, { readonly kind: "weight" }>, locationOf: (file: string) => string): string;
  /** Runs `emit` at its first call with this key, then returns the same name. */
  once(key: string, emit: () => string): string;
}

export function createEmitter(inputs: Ports): Emitter {
  const nodes: NodeProto[] = [];
  const initializers: TensorProto[] = [];
  const memo = new Map<string, string>();
  const taken = new Set<string>();
  const named = new Set<string>();
  let count = 0;
  const fresh = (prefix: string): string => `${prefix}${count++}`;

  const emitter: Emitter = {
    nodes,
    initializers,
    symbols: symbolSources(inputs),
    node(opType, inputNames, attributes = {}, options = {}) {
      const output = options.output ?? fresh("v");
      const own = `${opType}_${output}`;
      // A layer that is computed again in a backward pass has its name already.
      const name = options.name === undefined || named.has(options.name) ? own : options.name;
      named.add(name);
      nodes.push(nodeProto(opType, name, inputNames, output, attributes, options.domain ?? ""));
      return output;
    },
    int64: (values) =>
      emitter.once(`int64 ${values.join()}`, () =>
        emitter.tensor([values.length], BigInt64Array.from(values, BigInt)),
      ),
    tensor(shape, data) {
      const name = fresh("c");
      initializers.push(inlineTensor(name, shape, data));
      return name;
    },
    weight({ name, dtype, shape, location: at }, locationOf) {
      const inFile = "file" in at;
      const place = inFile ? `${at.file} ${at.offset}` : "inline";
      return emitter.once(`weight ${name} ${place}`, () => {
        // Two files may use one name, as two LoRA files do.
        const unique = taken.has(name) ? fresh(`${name}.`) : name;
        taken.add(unique);
        initializers.push(
          inFile
            ? externalTensor(unique, dtype, shape, {
                location: locationOf(at.file),
                offset: at.offset,
                length: at.length,
              })
            : bytesTensor(unique, dtype, shape, at.data),
        );
        return unique;
      });
    },
    once(key, emit) {
      const known = memo.get(key);
      if (known !== undefined) return known;
      const name = emit();
      memo.set(key, name);
      return name;
    },
  };
  return emitter;
}
