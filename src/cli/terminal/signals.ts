/** Exit codes of a run that a signal stopped, as shells give them. */
export const SIGNAL_EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
export type StopSignal = keyof typeof SIGNAL_EXIT_CODES;

const NAMES = Object.keys(SIGNAL_EXIT_CODES) as StopSignal[];

/** Calls `stop` at each signal that asks for the end, until the function that comes back is called. */
export function onStopSignals(stop: (signal: StopSignal) => void): () => void {
  for (const name of NAMES) process.on(name, stop);
  return () => {
    for (const name of NAMES) process.off(name, stop);
  };
}

/**
 * Ends this process by a signal's own way. `process.exit` waits for threads of the pool, and one may be in a read that never
 * comes back (a FIFO that nobody writes to, a dead network drive).
 */
export function endBy(signal: StopSignal): void {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}
