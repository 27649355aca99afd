import { availableParallelism } from "node:os";
import { FateZeroError } from "../errors.ts";
import {
  type CompiledGraph,
  DEVICES,
  type Device,
  formatDims,
  type Graph,
  LOWERINGS,
  type Outputs,
  type Port,
  type Ports,
} from "../graph/index.ts";
import { formatShape, type HostTensor } from "../tensor/index.ts";
import { type ComputeProcess, startProcess } from "./process.node.ts";
import type { Tensors } from "./protocol.ts";
import type { Engine, EngineOptions, Session } from "./types.ts";

function takes({ dtype, shape }: Port, tensor: HostTensor | undefined): boolean {
  return (
    tensor?.dtype === dtype &&
    tensor.shape.length === shape.length &&
    shape.every((dim, axis) => typeof dim !== "number" || dim === tensor.shape[axis])
  );
}

/** The tensors of a run, each checked against its port. */
function checkedFeeds(
  ports: Ports,
  tensors: Readonly<Record<string, HostTensor | undefined>>,
): Tensors<HostTensor> {
  const feeds: Record<string, HostTensor> = {};
  for (const [name, port] of Object.entries(ports)) {
    if (!port) continue;
    const tensor = tensors[name];
    if (!tensor || !takes(port, tensor)) {
      throw new FateZeroError(
        "graph-input",
        `The graph's input "${name}" is ${port.dtype} ${formatDims(port.shape)}, but got ${tensor ? `${tensor.dtype} ${formatShape(tensor.shape)}` : "nothing"}.`,
        "This is a fault of the caller, not of the model.",
      );
    }
    feeds[name] = tensor;
  }
  for (const name of Object.keys(tensors)) {
    if (!ports[name])
      throw new FateZeroError("graph-input", `The graph has no input "${name}".`, "Do not feed it.");
  }
  return feeds;
}

/** The device that a caller's word means. Throws FateZeroError `bad-option` on one that is none. */
export function resolveDevice(choice: "auto" | Device = "auto"): Device {
  // A caller without types may give any word.
  const device = choice === "auto" ? "cpu" : DEVICES.find((known) => known === choice);
  if (device) return device;
  throw new FateZeroError(
    "bad-option",
    `There is no device "${choice}".`,
    `Use one of auto, ${DEVICES.join(", ")}.`,
  );
}

function runtimeError(action: string, error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof FateZeroError || error.name === "AbortError")
    return error;
  if (/alloc|memory/i.test(error.message)) {
    return new FateZeroError(
      "out-of-memory",
      `There is not enough memory to ${action}: ${error.message}.`,
      "Use fewer frames or a smaller size, or free memory.",
      { cause: error },
    );
  }
  return new FateZeroError(
    "runtime-failed",
    `ONNX Runtime could not ${action}: ${error.message}`,
    "Check that the checkpoint's files are complete.",
    { cause: error },
  );
}

/** An engine that computes in a child process with ONNX Runtime. The process starts with the first graph. */
export function createEngine(options: EngineOptions = {}): Engine {
  const device = resolveDevice(options.device);
  const threads = options.threads ?? availableParallelism();
  const memory = options.memory ?? "fast";
  let current: ComputeProcess | null = null;
  let nextSession = 1;

  const compute = (): ComputeProcess => {
    if (!current?.alive) current = startProcess();
    return current;
  };

  return {
    device,
    lowering: LOWERINGS[device],
    async open<G extends Graph>(
      graph: CompiledGraph<G>,
      { signal }: { readonly signal?: AbortSignal | undefined } = {},
    ): Promise<Session<G>> {
      const id = nextSession++;
      let owner: ComputeProcess | null = null;
      const ensureOpen = async (abort?: AbortSignal): Promise<ComputeProcess> => {
        const target = compute();
        if (owner === target) return target;
        const { model, dataFolder } = graph;
        try {
          await target.ask({ kind: "open", session: id, model, dataFolder, device, threads, memory }, abort);
        } catch (error) {
          throw runtimeError("open the graph", error);
        }
        owner = target;
        return target;
      };
      await ensureOpen(signal);
      const { inputs, weights } = graph;
      return {
        inputs,
        async run(tensors, { signal: abort, weights: fed } = {}) {
          const feeds = checkedFeeds({ ...inputs, ...weights }, { ...tensors, ...fed });
          const target = await ensureOpen(abort);
          try {
            const reply = await target.ask({ kind: "run", session: id, feeds }, abort);
            // The process ran this graph, so what it sends are this graph's outputs.
            return (reply.outputs ?? {}) as Outputs<G>;
          } catch (error) {
            throw runtimeError("run the graph", error);
          }
        },
        async dispose() {
          if (owner?.alive) await owner.ask({ kind: "dispose", session: id });
          owner = null;
        },
      };
    },
    async peakMemory() {
      return current?.alive ? ((await current.ask({ kind: "memory" })).bytes ?? 0) : 0;
    },
    async close() {
      current?.kill();
      current = null;
    },
  };
}
