import { lstat, stat, statfs } from "node:fs/promises";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { FateZeroError } from "../errors.ts";
import { count, formatBytes } from "../quantity.ts";
import { temporarySibling } from "./temporary.node.ts";

/** The nearest folder or file on the way to `path` that exists, itself included. */
export async function existingPath(path: string): Promise<string> {
  const exists = await stat(path).then(
    () => true,
    () => false,
  );
  return exists || dirname(path) === path ? path : await existingPath(dirname(path));
}

/** More than any file system takes in a name, whatever it counts. */
const MOST_UNITS = 255;

/** Letters of a long name that a message repeats. */
const SHOWN_LETTERS = 24;

/** Whether the system refuses a name or path for its length. */
async function isTooLong(path: string): Promise<boolean> {
  if (basename(path).length > MOST_UNITS) return true;
  const fault = await lstat(path).catch((error: NodeJS.ErrnoException) => error);
  return fault instanceof Error && fault.code === "ENAMETOOLONG";
}

/** Bytes of the longest name that the file system of `folder` takes, as far as a name of ASCII tells. */
async function longestName(folder: string): Promise<number> {
  let [fits, tooLong] = [1, MOST_UNITS + 1];
  while (tooLong - fits > 1) {
    const middle = Math.floor((fits + tooLong) / 2);
    if (await isTooLong(join(folder, "x".repeat(middle)))) tooLong = middle;
    else fits = middle;
  }
  return fits;
}

/**
 * Refuses, before any work, an output whose name the file system does not take, or whose path has no room for the hidden
 * name that it is written under. `inside` are the letters of the longest name in it, of a folder. Changes nothing on disk.
 * Throws FateZeroError `output-name`.
 */
export async function checkNames(output: string, inside = 0): Promise<void> {
  const path = resolve(output);
  const folder = await existingPath(dirname(path));
  const refuse = (what: string): FateZeroError =>
    new FateZeroError("output-name", `"${output}" cannot be written: ${what}.`, "Choose a shorter one.");
  for (const name of relative(folder, path).split(sep)) {
    if (!(await isTooLong(join(folder, name)))) continue;
    const most = await longestName(folder);
    const bytes = count(Buffer.byteLength(name), "byte");
    throw refuse(
      `the name "${[...name].slice(0, SHOWN_LETTERS).join("")}…" has ${bytes}, and the file system takes ${most} at most`,
    );
  }
  const within = inside > 0 ? ["x".repeat(inside)] : [];
  for (const longest of [join(path, ...within), join(temporarySibling(path), ...within)]) {
    if (!(await isTooLong(longest))) continue;
    throw refuse(
      `its path needs ${Buffer.byteLength(longest)} bytes with all that is made there, more than the system takes`,
    );
  }
}

/** Bytes that a user may still write below `folder`, which need not be there yet; null where the system does not tell. */
export async function freeBytes(folder: string): Promise<number | null> {
  const found = await statfs(await existingPath(resolve(folder))).catch(() => null);
  // Some network file systems tell of no blocks at all.
  return found && found.blocks > 0 ? found.bavail * found.bsize : null;
}

/** Refuses, before any work, an output that takes `bytes` at least where fewer are free. Throws FateZeroError `no-space`. */
export async function checkRoom(output: string, bytes: number): Promise<void> {
  const free = await freeBytes(dirname(resolve(output)));
  if (free === null || bytes <= free) return;
  throw new FateZeroError(
    "no-space",
    `"${output}" takes ${formatBytes(bytes)} at least, and ${formatBytes(free)} are free there.`,
    "Free some space or choose another disk.",
  );
}
