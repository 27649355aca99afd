import { access, readdir } from "node:fs/promises";
import { join } from "node:path";
import { openCheckpointFolder } from "../../../src/checkpoint/index.node.ts";
import { modelFromCheckpoint } from "../../../src/pipeline/index.node.ts";
import type { CaseResult } from "../case.ts";
import { readStored } from "../stored.ts";
import { checkNullText } from "./check.ts";
import { infoOf, readRecorded } from "./recorded.ts";

/** Names of the null-text inversions that a folder holds; it need not hold any. */
export async function nullTextRuns(root: string): Promise<readonly string[]> {
  const folder = join(root, "null-text");
  const present = await access(folder).then(
    () => true,
    () => false,
  );
  const files = present ? await readdir(folder) : [];
  return files
    .filter((file) => file.endsWith(".safetensors"))
    .map((file) => file.slice(0, -".safetensors".length))
    .sort();
}

/** Compares a recorded null-text inversion with ours, each step from its own inputs. */
export async function compareNullText(root: string, name: string): Promise<CaseResult> {
  try {
    const stored = await readStored(join(root, "null-text", `${name}.safetensors`));
    const { model: folder, steps, guidance } = infoOf(stored);
    const recorded = readRecorded(stored);
    await using model = await modelFromCheckpoint(await openCheckpointFolder(join(root, folder), folder));
    const rows = await checkNullText(model, recorded);
    const about = `null-text inversion, ${folder}, ${steps} steps, guidance ${guidance}`;
    return { rows, failures: [], unused: stored.unused(), about };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    return { rows: [], failures: [{ what: "the run", reason, judged: true }], unused: [], about: "" };
  }
}
