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
import { createQueue } from "./queue.ts";
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

/** Why what was asked of an engine was not computed. */
function closed(): FateZeroError {
  return new FateZeroError(
    "engine-closed",
    "The model was closed while it had work to do.",
    "Close it when its jobs are done, or end them by their signals.",
  );
}

/**
 * An engine that computes in a child process with ONNX Runtime. The process starts with the first graph. What several
 * callers ask is computed in turn, one run at a time; an abort ends the process only where the aborted run is in it, so
 * that the others' runs, which begin after it, find a new one.
 */
export function createEngine(options: EngineOptions = {}): Engine {
  const device = resolveDevice(options.device);
  const threads = options.threads ?? availableParallelism();
  const memory = options.memory ?? "fast";
  const queue = createQueue();
  let current: ComputeProcess | null = null;
  let nextSession = 1;
  let closings = 0;

  const compute = (): ComputeProcess => {
    if (!current?.alive) current = startProcess();
    return current;
  };
  /** Does work in its turn, unless the engine is closed before it is done. */
  const inTurn = <T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> => {
    const asked = closings;
    const checkOpen = (): void => {
      if (closings !== asked) throw closed();
    };
    return queue.add(async () => {
      checkOpen();
      try {
        return await work();
      } catch (error) {
        // Its process was ended by the closing: that is the cause, not what the process says of its end.
        if (!signal?.aborted) checkOpen();
        throw error;
      }
    }, signal);
  };

  return {
    device,
    // A kernel that is turned is a copy, for which this mode has no memory.
    lowering: memory === "lowMemory" ? { ...LOWERINGS[device], convTranspose: "direct" } : LOWERINGS[device],
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
      await inTurn(() => ensureOpen(signal), signal);
      const { inputs, weights } = graph;
      const dispose = async (): Promise<void> => {
        await queue.add(async () => {
          const target = owner;
          owner = null;
          if (!target?.alive) return;
          await target.ask({ kind: "dispose", session: id }).catch((error: unknown) => {
            // Its memory went with its process.
            if (target.alive) throw error;
          });
        });
      };
      return {
        inputs,
        weights: Object.keys(weights ?? {}),
        async run(tensors, { signal: abort, weights: fed } = {}) {
          const feeds = checkedFeeds({ ...inputs, ...weights }, { ...tensors, ...fed });
          return await inTurn(async () => {
            const target = await ensureOpen(abort);
            try {
              const reply = await target.ask({ kind: "run", session: id, feeds }, abort);
              // The process ran this graph, so what it sends are this graph's outputs.
              return (reply.outputs ?? {}) as Outputs<G>;
            } catch (error) {
              throw runtimeError("run the graph", error);
            }
          }, abort);
        },
        dispose,
        [Symbol.asyncDispose]: dispose,
      };
    },
    async peakMemory() {
      return await queue.add(async () =>
        current?.alive ? ((await current.ask({ kind: "memory" })).bytes ?? 0) : 0,
      );
    },
    close,
    [Symbol.asyncDispose]: close,
  };

  async function close(): Promise<void> {
    closings++;
    current?.kill();
    current = null;
  }
}
