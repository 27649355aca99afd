import { mkdir, rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { holderBeside, temporarySibling } from "./temporary.node.ts";

/** How often a folder is tried to be put in a place that other processes keep taking. */
const MOST_TRIES = 100;

/** What systems say of a folder that cannot be replaced, as another process has put one there. */
const TAKEN = new Set(["ENOTEMPTY", "EEXIST", "EPERM", "EACCES"]);

type Fault = NodeJS.ErrnoException;
const faultOf = (step: Promise<void>): Promise<Fault | null> =>
  step.then(
    () => null,
    (error: Fault) => error,
  );

const removed = (path: string): Promise<void> => rm(path, { recursive: true, force: true });

/** A folder that was moved away from its place: where it is, and what goes when it is not needed any more. */
interface Held {
  readonly at: string;
  readonly holder: string;
}

/** Moves a folder into a holder beside it; null where nothing is there, or another process was quicker. */
async function moveAside(path: string): Promise<Held | null> {
  const holder = holderBeside(path);
  await mkdir(holder);
  const at = join(holder, basename(path));
  const fault = await faultOf(rename(path, at));
  if (fault === null) return { at, holder };
  await removed(holder);
  if (fault.code === "ENOENT") return null;
  if (fault.code !== "ENAMETOOLONG") throw fault;
  // At the longest paths there is room for the hidden name only.
  const plain = temporarySibling(path);
  await rename(path, plain);
  return { at: plain, holder: plain };
}

/** Puts back what was moved away; where another process has taken its place, or it cannot be, it stays for the next write. */
async function putBack({ at, holder }: Held, path: string): Promise<void> {
  const fault = await faultOf(rename(at, path));
  if (fault === null || TAKEN.has(fault.code ?? "")) await removed(holder);
}

/**
 * Puts the finished file or folder `from` in the place of `to`. What was at `to` is there until the new one is, and
 * comes back if the last step fails, or if the process is killed just then and the next one writes there. Of several
 * processes that replace one folder, the last one's stays.
 */
export async function replacePath(from: string, to: string, kind: "file" | "folder"): Promise<void> {
  if (kind === "file") {
    await rename(from, to);
    return;
  }
  // A folder cannot be renamed over one that holds files: move the old one aside first.
  let held: Held | null = null;
  for (let tries = 1; ; tries++) {
    const found = await moveAside(to);
    if (held && found) await removed(held.holder);
    held = found ?? held;
    const fault = await faultOf(rename(from, to));
    if (fault === null) break;
    if (TAKEN.has(fault.code ?? "") && tries < MOST_TRIES) continue;
    if (held) await putBack(held, to);
    throw fault;
  }
  if (held) await removed(held.holder);
}
