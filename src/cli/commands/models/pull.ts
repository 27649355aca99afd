import { FateZeroError } from "../../../errors.ts";
import { ensureSnapshot, type Snapshot, type SnapshotRequest } from "../../../hub/index.node.ts";
import { requireRepository } from "../../../hub/index.ts";
import { reportDownload } from "../../../job/report-download.ts";
import type { Session } from "../../../job/session.ts";
import { checkConfigs } from "../../../pipeline/index.ts";

export interface PullOptions {
  readonly variant?: "fp16";
}

/** A whole model, or a VAE by itself where the repository is laid out as one. */
async function pullEither(request: SnapshotRequest): Promise<Snapshot> {
  const { id } = request;
  try {
    return await ensureSnapshot({ ...request, check: checkConfigs(id, "pipeline") });
  } catch (error) {
    const isLayout = (fault: unknown) => fault instanceof FateZeroError && fault.code === "hub-layout";
    if (!isLayout(error)) throw error;
    return await ensureSnapshot({ ...request, kind: "vae", check: checkConfigs(id, "vae") }).catch(
      (second: unknown) => {
        throw isLayout(second) ? error : second;
      },
    );
  }
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
    const { folder, commit } = await pullEither({
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
