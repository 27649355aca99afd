import { compile, type Graph } from "../graph/index.ts";
import { type Engine, type Session, untilAborted } from "../runtime/index.ts";

/** A graph that is open: its cache closes it, and opens it again where it is run after that. */
export type OpenGraph<G extends Graph> = Pick<Session<G>, "inputs" | "weights" | "run">;

export interface SessionCache extends AsyncDisposable {
  /** The open graph of this name; built and opened at the first call. A name belongs to one type of graph. */
  open<G extends Graph>(name: string, build: () => G, signal?: AbortSignal): Promise<OpenGraph<G>>;
  /** Closes the graphs whose names begin with `prefix`, but for some. */
  close(prefix: string, except?: readonly string[]): Promise<void>;
}

/** Seconds that building and opening graphs took, for benchmarks. */
export interface SessionTimes {
  build: number;
  load: number;
}

/** A graph that is open, or being opened for those who wait for it. */
interface Entry {
  readonly session: Promise<Session>;
  /** Ends the opening. */
  readonly abandon: AbortController;
  isOpen: boolean;
  waiting: number;
}

/** Keeps graphs open between the steps and jobs of one model. */
export function createSessionCache(engine: Engine, times: SessionTimes): SessionCache {
  const entries = new Map<string, Entry>();

  const create = async (build: () => Graph, signal: AbortSignal): Promise<Session> => {
    const start = performance.now();
    const graph = compile(build(), engine.lowering);
    const built = performance.now();
    const session = await engine.open(graph, { signal });
    times.build += (built - start) / 1000;
    times.load += (performance.now() - built) / 1000;
    return session;
  };
  const forget = (name: string, entry: Entry): void => {
    if (entries.get(name) === entry) entries.delete(name);
  };
  const entryOf = (name: string, build: () => Graph): Entry => {
    const known = entries.get(name);
    if (known) return known;
    const abandon = new AbortController();
    const entry: Entry = { session: create(build, abandon.signal), abandon, isOpen: false, waiting: 0 };
    entries.set(name, entry);
    entry.session.then(
      () => {
        entry.isOpen = true;
      },
      () => forget(name, entry),
    );
    return entry;
  };
  /** The session of a graph. Who aborts leaves; the opening ends when nobody is left who waits for it. */
  const sessionOf = async (name: string, build: () => Graph, signal?: AbortSignal): Promise<Session> => {
    signal?.throwIfAborted();
    const entry = entryOf(name, build);
    entry.waiting++;
    try {
      const session = await (signal ? untilAborted(entry.session, signal) : entry.session);
      // Another job may have closed it meanwhile.
      return entries.get(name) === entry ? session : await sessionOf(name, build, signal);
    } finally {
      entry.waiting--;
      if (!entry.isOpen && entry.waiting === 0) {
        forget(name, entry);
        entry.abandon.abort(signal?.reason);
      }
    }
  };

  const close = async (prefix: string, except: readonly string[] = []): Promise<void> => {
    for (const [name, entry] of [...entries]) {
      if (!name.startsWith(prefix) || except.includes(name)) continue;
      entries.delete(name);
      // One that does not open is told to those who wait for it.
      await entry.session.then(
        (session) => session.dispose(),
        () => {},
      );
    }
  };
  return {
    async open<G extends Graph>(name: string, build: () => G, signal?: AbortSignal) {
      // A name belongs to one type of graph.
      const session = (abort?: AbortSignal) => sessionOf(name, build, abort) as Promise<Session<G>>;
      const { inputs, weights } = await session(signal);
      return {
        inputs,
        weights,
        run: async (feeds, options) => (await session(options?.signal)).run(feeds, options),
      };
    },
    close,
    [Symbol.asyncDispose]: () => close(""),
  };
}
