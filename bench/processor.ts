/** Time of the processor that is spent on a model, whatever else the machine does. Linux only. */
import { readFile } from "node:fs/promises";

/** Ticks of the processor in a second, of which /proc counts. */
const TICKS = 100;

/** Seconds of the processor that the processes which this one started have taken: the one that computes. */
export async function computed(): Promise<number> {
  const children = await readFile(`/proc/self/task/${process.pid}/children`, "utf8");
  const ticks = children
    .trim()
    .split(" ")
    .map(async (child) => {
      const fields = (await readFile(`/proc/${child}/stat`, "utf8")).split(") ")[1]!.split(" ");
      return Number(fields[11]) + Number(fields[12]);
    });
  return (await Promise.all(ticks)).reduce((sum, of) => sum + of, 0) / TICKS;
}
