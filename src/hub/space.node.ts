import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { FateZeroError } from "../errors.ts";
import { formatBytes } from "../quantity.ts";

/** Bytes that a user may still write below `folder`, which need not be there yet; null where the system does not tell. */
async function freeBytes(folder: string): Promise<number | null> {
  const found = await statfs(folder).catch((error: NodeJS.ErrnoException) => error);
  // Some network file systems tell of no blocks at all.
  if (!(found instanceof Error)) return found.blocks > 0 ? found.bavail * found.bsize : null;
  const parent = dirname(folder);
  return found.code === "ENOENT" && parent !== folder ? freeBytes(parent) : null;
}

/** The error of a disk that is too small, or has become so. */
export async function noSpace(
  id: string,
  needed: number,
  cache: string,
  cause?: unknown,
): Promise<FateZeroError> {
  const free = await freeBytes(cache);
  return new FateZeroError(
    "no-space",
    `"${id}" takes ${formatBytes(needed)} more (${needed} bytes) in ${cache}, where ${free === null ? "too few" : `${formatBytes(free)} (${free} bytes)`} are free.`,
    "Free some space, or set HF_HOME to a folder on another disk; what has come already is kept.",
    { cause },
  );
}

/** Throws FateZeroError `no-space` where `needed` bytes do not fit into the cache. */
export async function checkSpace(id: string, needed: number, cache: string): Promise<void> {
  const free = await freeBytes(cache);
  if (free !== null && needed > free) throw await noSpace(id, needed, cache);
}

/** Whether the system refuses to write for want of space. */
export function isFull(error: unknown): boolean {
  return ["ENOSPC", "EDQUOT", "EFBIG"].includes((error as NodeJS.ErrnoException).code ?? "");
}
