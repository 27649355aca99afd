import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { FateZeroError } from "../errors.ts";
import type { CachedRepository } from "./layout.node.ts";

/** Age at which a lock's holder must have been killed: it renews it every second. */
const STALE_MS = 5000;
const RENEW_MS = 1000;
const POLL_MS = 200;

/**
 * Runs `work` while no other process of this program works on the repository; one that does is waited for, told once by
 * `onWait` (which may throw instead). The lock of a killed process is taken over after some seconds. `work` gets a signal
 * that is also aborted if another process should take the lock away (a machine that slept).
 *
 * huggingface_hub locks with flock on `.locks/<repository>/<etag>.lock`, which Node cannot take: beside Python the same
 * file may be fetched twice, but each into a part of its own, and blobs appear by renaming what has the right hash.
 */
export async function withLock<T>(
  { id, locks }: CachedRepository,
  signal: AbortSignal,
  onWait: () => void,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  // Loaded only now: it listens to the process's signals from then on, to leave no lock behind.
  const { lock } = await import("proper-lockfile");
  await mkdir(locks, { recursive: true });
  const lost = new AbortController();
  const options = {
    lockfilePath: join(locks, "fatezero.lock"),
    realpath: false,
    stale: STALE_MS,
    update: RENEW_MS,
    onCompromised: (cause: Error) => {
      const error = new FateZeroError(
        "hub-lock-lost",
        `Another process has taken over the download of "${id}".`,
        "Run the same again: it waits for the other one, and goes on.",
        { cause },
      );
      lost.abort(error);
    },
  };
  let isTold = false;
  for (;;) {
    signal.throwIfAborted();
    const release = await lock(locks, options).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ELOCKED") return null;
      throw error;
    });
    if (release) {
      try {
        return await work(AbortSignal.any([signal, lost.signal]));
      } finally {
        await release().catch(() => {});
      }
    }
    if (!isTold) onWait();
    isTold = true;
    await sleep(POLL_MS, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}
