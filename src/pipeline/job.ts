/**
 * Work that takes long: await it for the result, iterate over it for what happens on the way, or both. It starts at the
 * first of either. Who leaves the iteration early (`break`, `return`, an error of their own) ends the work, unless its
 * result is awaited already or it is iterated elsewhere.
 */
export interface Job<Event, Result> extends Promise<Result>, AsyncIterable<Event, void> {
  [Symbol.asyncIterator](): AsyncGenerator<Event, void, void>;
}

/** Why a job that was left has no result. */
const left = (): DOMException =>
  new DOMException("The job was ended: the iteration over its events was left early.", "AbortError");

/**
 * Makes a job of a generator that yields events and returns the result. The generator is handed a signal that is aborted
 * with `given`, and when the job is left.
 */
export function createJob<Event, Result>(
  run: (signal: AbortSignal) => AsyncGenerator<Event, Result, void>,
  given?: AbortSignal,
): Job<Event, Result> {
  const events: Event[] = [];
  const leaving = new AbortController();
  const signal = given ? AbortSignal.any([given, leaving.signal]) : leaving.signal;
  let wake: () => void = () => {};
  let changed = new Promise<void>((resolve) => {
    wake = resolve;
  });
  let started: Promise<Result> | null = null;
  let finished = false;
  let isAwaited = false;
  let iterations = 0;

  const announce = (): void => {
    wake();
    changed = new Promise((resolve) => {
      wake = resolve;
    });
  };
  const pump = async (): Promise<Result> => {
    try {
      const generator = run(signal);
      let isTold = false;
      let next = await generator.next();
      while (!next.done) {
        events.push(next.value);
        announce();
        const mustEnd: boolean = leaving.signal.aborted && !isTold;
        isTold ||= mustEnd;
        next = mustEnd ? await generator.throw(leaving.signal.reason) : await generator.next();
      }
      return next.value;
    } finally {
      finished = true;
      announce();
    }
  };
  const start = (): Promise<Result> => {
    if (!started) {
      started = pump();
      // Whoever only iterates is told of the failure there; it must not count as unhandled here.
      started.catch(() => {});
    }
    return started;
  };
  const awaited = (): Promise<Result> => {
    isAwaited = true;
    return start();
  };

  return {
    // biome-ignore lint/suspicious/noThenProperty: a job is awaited for its result by design.
    then: (resolve, reject) => awaited().then(resolve, reject),
    catch: (reject) => awaited().catch(reject),
    finally: (settled) => awaited().finally(settled),
    [Symbol.toStringTag]: "Job",
    async *[Symbol.asyncIterator]() {
      const result = start();
      iterations++;
      try {
        for (let i = 0; ; ) {
          if (i < events.length) yield events[i++]!;
          else if (finished) break;
          else await changed;
        }
        await result;
      } finally {
        iterations--;
        if (!finished && !isAwaited && iterations === 0) {
          leaving.abort(left());
          await result.catch(() => {});
        }
      }
    },
  };
}
