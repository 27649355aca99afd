import type { CompiledGraph, Device, Feeds, Graph, Lowering, Outputs, Precision } from "../graph/index.ts";
import type { FloatTensor } from "../tensor/index.ts";

/** How a session trades memory for speed on the CPU. */
export type MemoryMode =
  /** Weights are made float32 and rearranged for the processor when a graph is opened: fastest steps, a copy of the weights. */
  | "fast"
  /**
   * Weights stay mapped from their files, whence the system can take them back, those of half precision are widened layer by
   * layer in each run, and memory goes back to the system after it: a graph opens at once, steps are somewhat slower.
   */
  | "lowMemory";

export interface EngineOptions {
  /**
   * Where graphs run. `"auto"` is the best device that is there, computes right and is faster than the processor; a device
   * that is named is taken also where it is slower. Throws FateZeroError `device-unavailable` on one that is not there or
   * fails its probe.
   *
   * @default "auto"
   */
  readonly device?: "auto" | Device;
  /**
   * In which type networks are computed. `"auto"` is half precision on CUDA, where the device computes right in it, and single
   * elsewhere. `"fp16"` by name is taken on any device that passes the probe in it; on the processor it is slower than `"fp32"`.
   * Throws FateZeroError `device-unavailable` where no device can.
   *
   * @default "auto"
   */
  readonly precision?: "auto" | Precision;
  /** Threads inside one operation. @default all cores that the process may use */
  readonly threads?: number;
  /** @default "fast" */
  readonly memory?: MemoryMode;
}

/** A device, how graphs are compiled for it, and what an engine does when it is lost. */
export interface ChosenEngine extends Omit<EngineOptions, "device" | "precision"> {
  /** @default "cpu" */
  readonly device?: Device;
  /** @default what is right on the device before a probe */
  readonly lowering?: Lowering;
  /** Why it was chosen. */
  readonly reason?: string;
  /** Told of a device that was lost. */
  readonly onWarning?: (warning: EngineWarning) => void;
  /** Fails where the device does, without a restart, without the processor in its place and without words on stderr. */
  readonly isProbe?: boolean;
}

/** Something to know of the device; the work goes on. */
export interface EngineWarning {
  readonly type: "warning";
  readonly code: "device-lost" | "half-on-cpu";
  readonly message: string;
}

export interface RunOptions {
  /** Gives the run up at once. Others' runs on the same engine are computed as if it had never been asked. */
  readonly signal?: AbortSignal | undefined;
  /** The graph's weights that are fed, by name. */
  readonly weights?: Readonly<Record<string, FloatTensor>>;
}

/** An opened graph. */
export interface Session<G extends Graph = Graph> extends AsyncDisposable {
  /** What the graph asks for: an input that only some graphs have is among these or not. */
  readonly inputs: G["inputs"];
  /** Names of the weights that it is fed. */
  readonly weights: readonly string[];
  /**
   * Runs the graph once. Throws FateZeroError `graph-input` on tensors that do not fit, that are missing, or that the
   * graph does not ask for; other codes when the runtime fails or is killed.
   */
  run(feeds: Feeds<G>, options?: RunOptions): Promise<Outputs<G>>;
  /** Frees the session's memory. */
  dispose(): Promise<void>;
}

/**
 * Opens graphs. Knows nothing of models; the caller never learns in which process it runs. What is asked while a run is
 * under way waits for its turn.
 */
export interface Engine extends AsyncDisposable {
  /** Where graphs run; the processor once a device was lost twice. */
  readonly device: Device;
  /** Why that was chosen, in a few words. */
  readonly reason: string;
  readonly memory: MemoryMode;
  /** How graphs for this engine are compiled. */
  readonly lowering: Lowering;
  open<G extends Graph>(
    graph: CompiledGraph<G>,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<Session<G>>;
  /** Peak resident memory of the process that computes, in bytes; 0 before the first graph is opened. */
  peakMemory(): Promise<number>;
  /**
   * Ends the process that computes, with FateZeroError `engine-closed` for what it has not done. Open sessions come back
   * by themselves when they are run again.
   */
  close(): Promise<void>;
}
