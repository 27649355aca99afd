import type { CompiledGraph } from "../graph/index.ts";
import type { FloatTensor, HostTensor } from "../tensor/index.ts";

/** How a session trades memory for speed on the CPU. */
export type MemoryMode =
  /** Weights are rearranged for the processor when a graph is opened: fastest steps, one copy of the weights. */
  | "fast"
  /** Weights stay mapped from their file and can be evicted: 20–30 % slower steps, almost no memory of its own. */
  | "lowMemory";

export interface EngineOptions {
  /** Threads inside one operation. @default all cores that the process may use */
  readonly threads?: number;
  /** @default "fast" */
  readonly memory?: MemoryMode;
}

export type Feeds = Readonly<Record<string, HostTensor>>;
export type Outputs = Readonly<Record<string, FloatTensor>>;

/** An opened graph. */
export interface Session {
  /**
   * Runs the graph once. An abort ends the process that computes, at once; the next run starts a new one.
   * Throws FateZeroError on inputs that do not fit and when the runtime fails or is killed.
   */
  run(feeds: Feeds, options?: { readonly signal?: AbortSignal }): Promise<Outputs>;
  /** Frees the session's memory. */
  dispose(): Promise<void>;
}

/** Opens graphs. Knows nothing of models; the caller never learns in which process or on which device it runs. */
export interface Engine {
  open(graph: CompiledGraph, options?: { readonly signal?: AbortSignal }): Promise<Session>;
  /** Peak resident memory of the process that computes, in bytes; 0 before the first graph is opened. */
  peakMemory(): Promise<number>;
  /** Ends the process that computes. Open sessions come back by themselves when they are run again. */
  close(): Promise<void>;
}
