import { join } from "node:path";
import { createEngine } from "../../../src/runtime/index.node.ts";
import type { CaseResult, Failure } from "../case.ts";
import type { Row } from "../rows.ts";
import { readStored } from "../stored.ts";
import { checkContainers, checkLegacy } from "./containers.ts";
import { checkDdim } from "./ddim.ts";
import { checkLora } from "./lora.ts";
import { checkPickledModels } from "./pickled-models.ts";

/** Compares the checkpoints of a folder in all their containers with what diffusers computes from them. */
export async function compareCheckpoints(root: string): Promise<CaseResult> {
  const folder = join(root, "checkpoints");
  const engine = createEngine();
  const rows: Row[] = [];
  const failures: Failure[] = [];
  const attempt = async (what: string, check: () => Promise<Row[]> | Row[]): Promise<void> => {
    try {
      rows.push(...(await check()));
    } catch (cause) {
      failures.push({ what, reason: cause instanceof Error ? cause.message : String(cause), judged: true });
    }
  };
  try {
    const stored = await readStored(join(folder, "expected.safetensors"));
    await attempt("sd1", () => checkContainers(folder, "sd1", stored, engine));
    await attempt("sd2", () => checkContainers(folder, "sd2", stored, engine));
    await attempt("legacy pickle", () => checkLegacy(folder));
    await attempt("LoRA", () => checkLora(folder, stored, engine));
    await attempt("DDIM", () => checkDdim(stored));
    await attempt("models as .bin", () => checkPickledModels(join(root, "models")));
  } finally {
    await engine.close();
  }
  return { rows, failures, unused: [], about: "every container against its folder and against diffusers" };
}
