import { availableParallelism } from "node:os";
import { FateZeroError } from "../errors.ts";
import type { CompiledGraph, GraphPort } from "../graph/index.ts";
import { type ComputeProcess, startProcess } from "./process.node.ts";
import { describe } from "./protocol.ts";
import type { Engine, EngineOptions, Feeds, Session } from "./types.ts";

function checkFeeds(inputs: readonly GraphPort[], feeds: Feeds): void {
  for (const { name, dtype, shape } of inputs) {
    const tensor = feeds[name];
    const fits =
      tensor !== undefined &&
      tensor.dtype === dtype &&
      tensor.shape.length === shape.length &&
      shape.every((dim, axis) => typeof dim === "string" || dim === tensor.shape[axis]);
    if (!fits) {
      throw new FateZeroError(
        "graph-input",
        `The graph's input "${name}" is ${dtype} [${shape.join(", ")}], but got ${tensor ? describe(tensor) : "nothing"}.`,
        "This is a fault of the caller, not of the model.",
      );
    }
  }
  for (const name of Object.keys(feeds)) {
    if (!inputs.some((port) => port.name === name)) {
      throw new FateZeroError("graph-input", `The graph has no input "${name}".`, "Do not feed it.");
    }
  }
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

/** An engine that computes in a child process with ONNX Runtime on the CPU. The process starts with the first graph. */
export function createEngine(options: EngineOptions = {}): Engine {
  const threads = options.threads ?? availableParallelism();
  const memory = options.memory ?? "fast";
  let current: ComputeProcess | null = null;
  let nextSession = 1;

  const compute = (): ComputeProcess => {
    if (!current?.alive) current = startProcess();
    return current;
  };

  return {
    async open(graph: CompiledGraph, { signal } = {}): Promise<Session> {
      const id = nextSession++;
      let owner: ComputeProcess | null = null;
      const ensureOpen = async (abort?: AbortSignal): Promise<ComputeProcess> => {
        const target = compute();
        if (owner === target) return target;
        const { model, dataFolder } = graph;
        try {
          await target.ask({ kind: "open", session: id, model, dataFolder, threads, memory }, abort);
        } catch (error) {
          throw runtimeError("open the graph", error);
        }
        owner = target;
        return target;
      };
      await ensureOpen(signal);
      return {
        async run(feeds, { signal: abort } = {}) {
          checkFeeds(graph.inputs, feeds);
          const target = await ensureOpen(abort);
          try {
            const reply = await target.ask({ kind: "run", session: id, feeds }, abort);
            return reply.outputs ?? {};
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
