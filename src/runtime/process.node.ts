import { type ChildProcess, fork } from "node:child_process";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { FateZeroError } from "../errors.ts";
import type { Hello, Reply, Request } from "./protocol.ts";
import { endedAtStart, notLoaded, notSpawned } from "./start-fault.node.ts";
import type { MemoryMode } from "./types.ts";

/** A running compute process. */
export interface ComputeProcess {
  readonly alive: boolean;
  /** Sends one request; rejects when it fails, when the process ends before answering, or on abort (which kills it). */
  ask(request: Request, signal?: AbortSignal): Promise<Extract<Reply, { ok: true }>>;
  kill(): void;
}

interface Waiting {
  readonly resolve: (reply: Extract<Reply, { ok: true }>) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * What glibc is told in the compute process; other C libraries do not read it. It asks for huge pages, and gigabytes of
 * weights cost a fraction of the page faults: a large model loads in a third of the time (`npm run bench:scale`). With
 * lowMemory what is freed goes back to the system, also where it is small: glibc would keep ever larger pieces of it.
 */
const TUNABLES: Record<MemoryMode, readonly string[]> = {
  fast: ["glibc.malloc.hugetlb=1"],
  lowMemory: ["glibc.malloc.hugetlb=1", `glibc.malloc.mmap_threshold=${2 ** 20}`],
};

/** The environment of the compute process; what is set there already stays. */
function workerEnvironment(memory: MemoryMode): NodeJS.ProcessEnv {
  const { GLIBC_TUNABLES: given = "" } = process.env;
  const added = TUNABLES[memory].filter((tunable) => !given.includes(tunable.split("=")[0]!));
  return {
    ...process.env,
    // ONNX Runtime would report its use to its makers, and leave files of that in the temporary folder.
    ORT_DISABLE_TELEMETRY: "1",
    // CUDA would round the operands of products to 10 bits, and its flash attention gives black pictures with SD 2.1.
    NVIDIA_TF32_OVERRIDE: process.env.NVIDIA_TF32_OVERRIDE ?? "0",
    ORT_DISABLE_TRT_FLASH_ATTENTION: process.env.ORT_DISABLE_TRT_FLASH_ATTENTION ?? "1",
    GLIBC_TUNABLES: [...(given === "" ? [] : [given]), ...added].join(":"),
  };
}

/** Starts the process. Some faults of the system are thrown, others come as its "error". */
function forkWorker(memory: MemoryMode, stderr: "inherit" | "ignore"): ChildProcess {
  try {
    return forkFile(memory, stderr);
  } catch (error) {
    throw error instanceof Error ? notSpawned(error) : error;
  }
}

function forkFile(memory: MemoryMode, stderr: "inherit" | "ignore"): ChildProcess {
  const here = import.meta.url;
  // Run from source (tests, benchmarks), the worker needs a TypeScript loader, which is found from its own folder.
  const source = here.endsWith(".ts");
  const file = fileURLToPath(new URL(source ? "./worker.node.ts" : "./worker.node.js", here));
  return fork(file, [String(process.pid)], {
    serialization: "advanced",
    env: workerEnvironment(memory),
    ...(source ? { execArgv: ["--import", "tsx"], cwd: dirname(file) } : { execArgv: [] }),
    stdio: ["ignore", "ignore", stderr, "ipc"],
  });
}

function ended(code: number | null, signal: NodeJS.Signals | null): FateZeroError {
  const how = signal ? `was killed by ${signal}` : `ended with code ${code}`;
  const memory = signal === "SIGKILL" ? " (the system does this when memory runs out)" : "";
  return new FateZeroError(
    "runtime-ended",
    `The process that runs ONNX Runtime ${how}${memory}.`,
    "Use fewer frames or a smaller size, or free memory, and run it again.",
  );
}

/** Starts a compute process; what is asked of one that does not start is rejected with `runtime-start`. It does not keep the program alive while nothing is asked of it. What a library writes to stderr is shown unless that is to be ignored. */
export function startProcess(memory: MemoryMode, stderr: "inherit" | "ignore" = "inherit"): ComputeProcess {
  const child = forkWorker(memory, stderr);
  const waiting = new Map<number, Waiting>();
  let nextId = 1;
  let alive = true;
  let ready = false;

  // Bun's channel can do neither.
  const channel: Partial<NonNullable<ChildProcess["channel"]>> | null | undefined = child.channel;
  const hold = (): void => {
    if (waiting.size > 0) {
      child.ref();
      channel?.ref?.();
    } else {
      child.unref();
      channel?.unref?.();
    }
  };
  const failAll = (error: unknown): void => {
    alive = false;
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  child.on("message", (reply: Reply | Hello) => {
    if ("ready" in reply) {
      ready = reply.ready;
      if (reply.ready) return;
      failAll(notLoaded(reply.message));
      child.kill("SIGKILL");
      return;
    }
    const request = waiting.get(reply.id);
    waiting.delete(reply.id);
    hold();
    if (reply.ok) request?.resolve(reply);
    else request?.reject(new Error(reply.message));
  });
  child.on("error", (error) => failAll(child.pid === undefined ? notSpawned(error) : error));
  child.on("exit", (code, signal) => failAll((ready ? ended : endedAtStart)(code, signal)));
  hold();

  return {
    get alive() {
      return alive;
    },
    ask(request, signal) {
      if (signal?.aborted) return Promise.reject(signal.reason);
      return new Promise((resolve, reject) => {
        const id = nextId++;
        const abort = (): void => {
          waiting.delete(id);
          alive = false;
          child.kill("SIGKILL");
          reject(signal?.reason);
        };
        const settle = <T>(done: (value: T) => void): ((value: T) => void) => {
          return (value) => {
            signal?.removeEventListener("abort", abort);
            done(value);
          };
        };
        waiting.set(id, { resolve: settle(resolve), reject: settle(reject) });
        signal?.addEventListener("abort", abort, { once: true });
        hold();
        // A send fails when the process has just died; its exit, which follows, tells the cause.
        child.send({ id, request }, (error) => {
          if (error && !alive) waiting.get(id)?.reject(error);
        });
      });
    },
    kill() {
      alive = false;
      child.kill("SIGKILL");
    },
  };
}
