/**
 * Work that takes long: await it for the result, iterate over it for what happens on the way, or both. It starts at the
 * first of either.
 */
export interface Job<Event, Result> extends PromiseLike<Result>, AsyncIterable<Event> {}

/** Makes a job of a generator that yields events and returns the result. */
export function createJob<Event, Result>(run: () => AsyncGenerator<Event, Result, void>): Job<Event, Result> {
  const events: Event[] = [];
  let wake: () => void = () => {};
  let changed = new Promise<void>((resolve) => {
    wake = resolve;
  });
  let started: Promise<Result> | null = null;
  let finished = false;

  const announce = (): void => {
    wake();
    changed = new Promise((resolve) => {
      wake = resolve;
    });
  };
  const pump = async (): Promise<Result> => {
    const generator = run();
    try {
      for (;;) {
        const next = await generator.next();
        if (next.done) return next.value;
        events.push(next.value);
        announce();
      }
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

  return {
    // biome-ignore lint/suspicious/noThenProperty: a job is awaited for its result by design.
    then: (resolve, reject) => start().then(resolve, reject),
    async *[Symbol.asyncIterator]() {
      const result = start();
      for (let i = 0; ; ) {
        if (i < events.length) yield events[i++]!;
        else if (finished) break;
        else await changed;
      }
      await result;
    },
  };
}
