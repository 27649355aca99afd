import { compile, type Graph } from "../graph/index.ts";
import type { Engine, Session } from "../runtime/index.ts";

/** A graph that is open: its cache closes it. */
export type OpenGraph<G extends Graph> = Omit<Session<G>, "dispose">;

export interface SessionCache {
  /** The open graph of this name; built and opened at the first call. A name belongs to one type of graph. */
  open<G extends Graph>(name: string, build: () => G, signal?: AbortSignal): Promise<OpenGraph<G>>;
  /** Closes the graphs whose names begin with `prefix`. */
  close(prefix: string): Promise<void>;
}

/** Seconds that building and opening graphs took, for benchmarks. */
export interface SessionTimes {
  build: number;
  load: number;
}

/** Keeps graphs open between the steps and jobs of one model. */
export function createSessionCache(engine: Engine, times: SessionTimes): SessionCache {
  const sessions = new Map<string, Promise<Session>>();

  const create = async <G extends Graph>(build: () => G, signal?: AbortSignal): Promise<Session<G>> => {
    const start = performance.now();
    const graph = compile(build(), engine.lowering);
    const built = performance.now();
    const session = await engine.open(graph, { signal });
    times.build += (built - start) / 1000;
    times.load += (performance.now() - built) / 1000;
    return session;
  };

  return {
    async open<G extends Graph>(name: string, build: () => G, signal?: AbortSignal) {
      const known = sessions.get(name) as Promise<Session<G>> | undefined;
      if (known) return known;
      const session = create(build, signal);
      sessions.set(name, session as Promise<Session>);
      session.catch(() => sessions.delete(name));
      return session;
    },
    async close(prefix) {
      for (const [name, session] of [...sessions]) {
        if (!name.startsWith(prefix)) continue;
        sessions.delete(name);
        await (await session).dispose();
      }
    },
  };
}
