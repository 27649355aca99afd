import { createHash } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { hostname } from "node:os";

/**
 * Which process a hidden file is of, as 28 hexadecimal digits in its name: 8 of the machine (its name and its table of
 * processes), 8 of the process's number, 12 of its start, as a number is given again.
 */

/** What Linux tells of a process: its state and when it started. Null elsewhere, and of a process that is gone. */
function statIn(text: string): { readonly isZombie: boolean; readonly start: string } {
  // The name before the last bracket may hold anything.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return { isZombie: fields[0] === "Z" || fields[0] === "X", start: fields[19] ?? "" };
}

/** The text that `read` gives, empty where this system has no such file. */
function textOf(read: () => string): string {
  try {
    return read();
  } catch (error) {
    // A runtime that asks for permissions may refuse it, too.
    if (!(error instanceof Error)) throw error;
    return "";
  }
}

const hex = (text: string | number, digits: number): string =>
  BigInt(text || 0)
    .toString(16)
    .padStart(digits, "0")
    .slice(-digits);

const machine = createHash("sha256")
  .update(`${textOf(hostname)} ${textOf(() => readlinkSync("/proc/self/ns/pid"))}`)
  .digest("hex")
  .slice(0, 8);
const ownStart = hex(statIn(textOf(() => readFileSync("/proc/self/stat", "latin1"))).start, 12);

/** This process, as names tell it. */
export const OWN_PROCESS = machine + hex(process.pid, 8) + ownStart;

/** Whether a process of this machine is there. The system tells only by an error. */
function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

/** Whether the process that a name tells is at work; null where it is of another machine, which cannot be known. */
export async function isAtWork(owner: string): Promise<boolean | null> {
  if (owner === OWN_PROCESS) return true;
  if (owner.slice(0, 8) !== machine) return null;
  const pid = Number.parseInt(owner.slice(8, 16), 16);
  if (pid === 0 || !isThere(pid)) return false;
  const text = await readFile(`/proc/${pid}/stat`, "latin1").catch(() => null);
  if (text === null) return true;
  const { isZombie, start } = statIn(text);
  return !isZombie && hex(start, 12) === owner.slice(16);
}
