import { lstat, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freeBytes, temporarySibling } from "../files/index.node.ts";
import { formatBytes } from "../quantity.ts";
import type { StateStore } from "../resume/index.ts";
import type { Report } from "./events.ts";
import type { FolderStore } from "./folder-store.ts";

/** What is written to see whether anything can be: a block of most disks. */
const PROBE = new Uint8Array(4096);

function said(folder: string, { code, message }: NodeJS.ErrnoException): string {
  if (code === "EEXIST" || code === "ENOTDIR") return `${folder} is no folder, or lies in none`;
  if (code === "ENOSPC" || code === "EDQUOT") return `there is no space left in ${folder}`;
  return `nothing can be written in ${folder}: ${message}`;
}

/** Why a folder, which is made where it is missing, takes no state of `bytes`; null where it does. */
async function faultOf(folder: string, bytes: number): Promise<string | null> {
  const probe = temporarySibling(join(folder, "state"));
  const fault = await mkdir(folder, { recursive: true })
    .then(() => writeFile(probe, PROBE, { flag: "wx" }))
    .then(
      () => null,
      (error: NodeJS.ErrnoException) => error,
    );
  // A disk that is full may have made the file without a byte in it.
  if (await lstat(probe).catch(() => null)) await rm(probe, { force: true }).catch(() => {});
  if (fault) return said(folder, fault);
  const free = await freeBytes(folder);
  if (free === null || free >= bytes) return null;
  return `it takes ${formatBytes(bytes)}, and ${formatBytes(free)} are free in ${folder}`;
}

/**
 * The cache as the store of a run that keeps `bytes`. Where nothing can be kept in it, that is told before the work, and
 * what it holds is still gone on from.
 */
export async function keptStates(cache: FolderStore, bytes: number, report: Report): Promise<StateStore> {
  const fault = await faultOf(cache.folder, bytes);
  if (fault === null) return cache;
  report({
    type: "warning",
    code: "state-not-saved",
    message: `The state of the work is not kept this time, so a stopped run would begin anew: ${fault}. Set FATEZERO_CACHE to another folder to have it kept.`,
  });
  return { load: cache.load, save: cache.save, remove: cache.remove, isReadOnly: true };
}
