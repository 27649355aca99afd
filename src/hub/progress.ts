import type { HubEvent } from "./types.ts";

/** Milliseconds between two events, at least: people and logs read no faster. */
const INTERVAL_MS = 500;

/** A file and the bytes of it that are here. */
export interface FileAtWork {
  readonly path: string;
  readonly size: number;
  readonly here: number;
}

/** Counts the bytes of several files and tells them now and then. */
export interface Progress {
  /** So many bytes of a file are here. */
  at(path: string, bytes: number): void;
  /** A file is complete. */
  done(path: string): void;
  /** Bytes of all files that are not here. */
  left(): number;
}

/**
 * Tells `download` events: one at once, with what is here already; then at most two a second; the last one when every
 * byte is here and checked. None where nothing is to be fetched.
 */
export function createProgress(
  id: string,
  files: readonly FileAtWork[],
  onEvent: (event: HubEvent) => void,
): Progress {
  const total = files.reduce((sum, { size }) => sum + size, 0);
  const sizes = new Map(files.map(({ path, size }) => [path, size]));
  const bytesOf = new Map(files.map(({ path, here }) => [path, here]));
  const open = new Set(sizes.keys());
  const sum = (): number => [...bytesOf.values()].reduce((all, bytes) => all + bytes, 0);
  let told = 0;
  const tell = (file: string): void => {
    told = performance.now();
    onEvent({ type: "download", id, file, bytes: sum(), total });
  };
  const first = files.find(({ size, here }) => here < size);
  if (first) tell(first.path);
  return {
    left: () => total - sum(),
    at(path, bytes) {
      bytesOf.set(path, bytes);
      if (sum() < total && performance.now() - told >= INTERVAL_MS) tell(path);
    },
    done(path) {
      bytesOf.set(path, sizes.get(path) ?? 0);
      open.delete(path);
      if (first && open.size === 0) tell(path);
    },
  };
}
