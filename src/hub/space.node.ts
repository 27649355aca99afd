import { FateZeroError } from "../errors.ts";
import { freeBytes } from "../files/index.node.ts";
import { formatBytes } from "../quantity.ts";

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
