/** Pieces of work that are done one after another, in the order in which they came. */
export interface Queue {
  /**
   * Does `work` when all that was added before is settled, failed or not. Who aborts is given up at once, wherever their
   * work stands: what has not begun never does, what has is told by the same signal.
   */
  add<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T>;
}

export function createQueue(): Queue {
  let last: Promise<unknown> = Promise.resolve();
  return {
    add(work, signal) {
      if (signal?.aborted) return Promise.reject(signal.reason);
      const turn = last.then(() => {
        signal?.throwIfAborted();
        return work();
      });
      last = turn.catch(() => {});
      return signal ? untilAborted(turn, signal) : turn;
    },
  };
}

/** The outcome of work, or the signal's reason where that comes first. */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    const settle = <V>(done: (value: V) => void): ((value: V) => void) => {
      return (value) => {
        signal.removeEventListener("abort", abort);
        done(value);
      };
    };
    work.then(settle(resolve), settle(reject));
  });
}
