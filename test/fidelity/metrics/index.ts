import { access } from "node:fs/promises";
import { join } from "node:path";
import type { CaseResult, Failure } from "../case.ts";
import type { Row } from "../rows.ts";
import { readStored } from "../stored.ts";
import { checkBlip } from "./blip.ts";
import { checkClip } from "./clip.ts";
import { readRecorded } from "./recorded.ts";

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** The one run that a folder with metrics is; none where it has none. */
export async function metricsRuns(root: string): Promise<readonly string[]> {
  return (await exists(join(root, "metrics", "expected.safetensors"))) ? ["metrics"] : [];
}

/** Compares the networks that measure with what PyTorch computes from them. */
export async function compareMetrics(root: string): Promise<CaseResult> {
  const folder = join(root, "metrics");
  const rows: Row[] = [];
  const failures: Failure[] = [];
  const fail = (what: string, cause: unknown): void => {
    failures.push({ what, reason: cause instanceof Error ? cause.message : String(cause), judged: true });
  };
  let unused: readonly string[] = [];
  try {
    const stored = await readStored(join(folder, "expected.safetensors"));
    const recorded = await readRecorded(folder, stored);
    if (await exists(join(folder, "clip"))) {
      await checkClip(folder, stored, recorded).then(
        (found) => void rows.push(...found),
        (cause: unknown) => fail("CLIP", cause),
      );
    }
    if (await exists(join(folder, "blip"))) {
      await checkBlip(folder, stored, recorded).then(
        (found) => void rows.push(...found),
        (cause: unknown) => fail("BLIP", cause),
      );
    }
    if (rows.length === 0 && failures.length === 0)
      throw new Error("it holds nothing that could be compared");
    unused = stored.unused();
  } catch (cause) {
    fail("the run", cause);
  }
  return { rows, failures, unused, about: "networks that measure, against PyTorch" };
}
