import { type CompiledGraph, compile, type Value } from "../graph/index.ts";
import type { Engine, Feeds, Outputs, Session } from "../runtime/index.ts";

/** A graph that is open and takes its inputs from a wider set. */
export interface OpenGraph {
  /** Runs with those of `feeds` that the graph has: a frame list or a mask may be of no use to it. */
  run(feeds: Feeds, signal?: AbortSignal): Promise<Outputs>;
}

export interface SessionCache {
  /** The open graph of this name; built and opened at the first call. */
  open(name: string, build: () => Readonly<Record<string, Value>>, signal?: AbortSignal): Promise<OpenGraph>;
  /** Closes the graphs whose names begin with `prefix`. */
  close(prefix: string): Promise<void>;
}

/** Seconds that building and opening graphs took, for benchmarks. */
export interface SessionTimes {
  build: number;
  load: number;
}

interface Entry {
  readonly graph: CompiledGraph;
  readonly session: Session;
}

/** Keeps graphs open between the steps and jobs of one model. */
export function createSessionCache(engine: Engine, times: SessionTimes): SessionCache {
  const entries = new Map<string, Promise<Entry>>();

  const create = async (
    build: () => Readonly<Record<string, Value>>,
    signal?: AbortSignal,
  ): Promise<Entry> => {
    const start = performance.now();
    const graph = compile(build());
    const built = performance.now();
    const session = await engine.open(graph, signal ? { signal } : {});
    times.build += (built - start) / 1000;
    times.load += (performance.now() - built) / 1000;
    return { graph, session };
  };

  return {
    async open(name, build, signal) {
      let entry = entries.get(name);
      if (!entry) {
        entry = create(build, signal);
        entries.set(name, entry);
        entry.catch(() => entries.delete(name));
      }
      const { graph, session } = await entry;
      return {
        run(feeds, abort) {
          const known = new Set(graph.inputs.map((port) => port.name));
          const wanted = Object.fromEntries(Object.entries(feeds).filter(([key]) => known.has(key)));
          return session.run(wanted, abort ? { signal: abort } : {});
        },
      };
    },
    async close(prefix) {
      for (const [name, entry] of [...entries]) {
        if (!name.startsWith(prefix)) continue;
        entries.delete(name);
        await (await entry).session.dispose();
      }
    },
  };
}
