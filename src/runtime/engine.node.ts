import { availableParallelism } from "node:os";
import { FateZeroError } from "../errors.ts";
import {
  type CompiledGraph,
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
import type { ChosenEngine, Engine, Session } from "./types.ts";

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
 * that the others' runs, which begin after it, find a new one. A device other than the processor that fails is tried once
 * more in a new process, with the same run; after its second failure the processor computes what is left.
 */
export function createEngine(options: ChosenEngine = {}): Engine {
  let device = options.device ?? "cpu";
  const asked = options.lowering ?? LOWERINGS[device];
  const threads = options.threads ?? availableParallelism();
  const memory = options.memory ?? "fast";
  const queue = createQueue();
  let current: ComputeProcess | null = null;
  let nextSession = 1;
  let closings = 0;
  let losses = 0;

  /** Puts a new process, or the processor, in the place of a device that failed. Throws its fault where there is none to take its place. */
  const replaceDevice = (fault: unknown, began: number, signal?: AbortSignal): void => {
    if (device === "cpu" || options.isProbe || signal?.aborted || closings !== began) throw fault;
    const { cause } = fault instanceof Error ? fault : {};
    const [why] = String(cause instanceof Error ? cause.message : fault).split("\n");
    const message = `The device ${device} failed: ${why}.`;
    current?.kill();
    current = null;
    losses++;
    if (losses > 1) device = "cpu";
    const next = losses > 1 ? "The processor computes what is left." : "It is started again, once.";
    options.onWarning?.({ type: "warning", code: "device-lost", message: `${message} ${next}` });
  };
  /** Does work again where the device failed. */
  const recovering = async <T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> => {
    const began = closings;
    for (;;) {
      try {
        return await work();
      } catch (error) {
        replaceDevice(error, began, signal);
      }
    }
  };
  const compute = (): ComputeProcess => {
    if (!current?.alive) current = startProcess(memory, options.isProbe ? "ignore" : "inherit");
    return current;
  };
  /** Does work in its turn, unless the engine is closed before it is done. */
  const inTurn = <T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> => {
    const began = closings;
    const checkOpen = (): void => {
      if (closings !== began) throw closed();
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
    get device() {
      return device;
    },
    get reason() {
      return device === (options.device ?? "cpu") ? (options.reason ?? "") : "another device was lost";
    },
    memory,
    // A kernel that is turned is a copy, and so is a part of weights: this mode has no memory for them.
    lowering:
      memory === "lowMemory"
        ? { ...asked, convTranspose: "direct", linearParts: "cut", buffers: "freed" }
        : asked,
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
      await inTurn(() => recovering(() => ensureOpen(signal), signal), signal);
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
          const once = async (): Promise<Outputs<G>> => {
            const target = await ensureOpen(abort);
            try {
              const reply = await target.ask({ kind: "run", session: id, feeds }, abort);
              // The process ran this graph, so what it sends are this graph's outputs.
              return (reply.outputs ?? {}) as Outputs<G>;
            } catch (error) {
              throw runtimeError("run the graph", error);
            }
          };
          return await inTurn(() => recovering(once, abort), abort);
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
