import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { FateZeroError } from "../errors.ts";

/** Bytes as people read them: `340 MB`, `1.2 GB`. */
function sizeText(bytes: number): string {
  if (bytes < 1e6) return `${Math.ceil(bytes / 1e3)} kB`;
  return bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

/** Bytes that a user may still write below `folder`, which need not be there yet; null where the system does not tell. */
export async function freeBytes(folder: string): Promise<number | null> {
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
    `"${id}" takes ${sizeText(needed)} more (${needed} bytes) in ${cache}, where ${free === null ? "too few" : `${sizeText(free)} (${free} bytes)`} are free.`,
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
