import { access, readdir } from "node:fs/promises";
import { join } from "node:path";
import { createEngine } from "../../../src/runtime/index.node.ts";
import type { CaseResult } from "../case.ts";
import { checkTuning, networkOf } from "./check.ts";
import { readRecorded } from "./recorded.ts";

/** Names of the tuning runs that a folder holds; it need not hold any. */
export async function tuningRuns(root: string): Promise<readonly string[]> {
  const folder = join(root, "tune");
  const present = await access(folder).then(
    () => true,
    () => false,
  );
  const files = present ? await readdir(folder) : [];
  return files
    .filter((file) => file.endsWith(".json"))
    .map((file) => file.slice(0, -".json".length))
    .sort();
}

/** Compares the predictions, losses and gradients of a recorded tuning run with ours, from its own inputs. */
export async function compareTuning(root: string, name: string): Promise<CaseResult> {
  await using engine = createEngine();
  try {
    const recorded = await readRecorded(root, name);
    const { length } = recorded.calls;
    const about = `one-shot tuning, ${length} steps recorded, ${recorded.trainable.size} tensors trained`;
    return {
      rows: await checkTuning(networkOf(engine, recorded), recorded),
      failures: [],
      unused: [],
      about,
    };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    return { rows: [], failures: [{ what: "the run", reason, judged: true }], unused: [], about: "" };
  }
}
