import { readdirSync, readFileSync } from "node:fs";

/** Process ids of a process's children (Linux). */
export function children(parent = process.pid): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ")[1] === String(parent);
      } catch {
        return false;
      }
    })
    .map(Number);
}
