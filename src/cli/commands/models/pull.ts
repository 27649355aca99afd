import { FateZeroError } from "../../../errors.ts";
import { ensureSnapshot, type Snapshot, type SnapshotRequest } from "../../../hub/index.node.ts";
import { requireRepository, type SnapshotKind } from "../../../hub/index.ts";
import { reportDownload } from "../../../job/report-download.ts";
import type { Session } from "../../../job/session.ts";
import { checkConfigs } from "../../../pipeline/index.ts";

export interface PullOptions {
  readonly variant?: "fp16";
}

const isLayout = (fault: unknown): boolean => fault instanceof FateZeroError && fault.code === "hub-layout";
/** Whether a repository is none of a kind: laid out otherwise, or of those that look alike another network. */
const isOther = (fault: unknown, kind: SnapshotKind): boolean =>
  fault instanceof FateZeroError &&
  (isLayout(fault) || ((kind === "clip" || kind === "captioner") && fault.code === "model-unsupported"));

/** A whole model, or a VAE, CLIP or captioner by itself where the repository is laid out as one. */
async function pullAny(request: SnapshotRequest): Promise<Snapshot> {
  const { id } = request;
  const pull = (kind: SnapshotKind) => ensureSnapshot({ ...request, kind, check: checkConfigs(id, kind) });
  const faults: unknown[] = [];
  for (const kind of ["pipeline", "vae", "clip", "captioner"] as const) {
    try {
      return await pull(kind);
    } catch (error) {
      if (!isOther(error, kind)) throw error;
      faults.push(error);
    }
  }
  // A network of another type says more than a layout.
  throw faults.find((fault) => !isLayout(fault)) ?? faults[0];
}

/** `fatezero models pull`: downloads what is needed of models of the hub and returns their folders, one a line. */
export async function pullModels(
  ids: readonly string[],
  { variant }: PullOptions,
  { report, signal }: Session,
): Promise<string> {
  // A wrong id is told before the first gigabyte.
  const repositories = ids.map(requireRepository);
  const folders: string[] = [];
  for (const repository of repositories) {
    const half = variant === undefined ? {} : { variant };
    const { folder, commit } = await pullAny({
      ...repository,
      ...half,
      signal,
      onEvent: reportDownload(report),
    });
    report({
      type: "fact",
      name: "model",
      text: `${repository.id} is complete, at commit ${commit.slice(0, 8)}`,
    });
    folders.push(folder);
  }
  return folders.join("\n");
}
