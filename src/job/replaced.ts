import { stat } from "node:fs/promises";
import type { Report } from "./events.ts";

/** Tells, before the work, which of the outputs are there already: they are replaced when the new ones are complete. */
export async function tellReplaced(report: Report, outputs: readonly (string | undefined)[]): Promise<void> {
  const existing: string[] = [];
  for (const path of outputs)
    if (path !== undefined && (await stat(path).catch(() => null))) existing.push(path);
  if (existing.length > 0) report({ type: "fact", name: "replaces", text: existing.join(", ") });
}
