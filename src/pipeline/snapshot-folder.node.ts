import type { Variant } from "../checkpoint/index.ts";
import { ensureSnapshot } from "../hub/index.node.ts";
import type { CheckFiles, HubEvent, Repository, SnapshotKind } from "../hub/index.ts";

/** What is told while something is downloaded from the hub, and how. */
export interface DownloadOptions {
  /** Ends a download at once; what has come stays for the next. */
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: HubEvent) => void;
  /** What carries the requests of a download: through a proxy, say. @default the global one */
  readonly fetch?: typeof fetch;
  /** Whether what a name stands for on the hub may be downloaded; else the cache must have it. @default all may */
  readonly mayDownload?: (name: string) => boolean;
}

/** The folder of the hub's cache that has what is needed of a repository, called `name`; what it lacks is downloaded. */
export async function snapshotFolder(
  name: string,
  repository: Repository,
  kind: SnapshotKind,
  options: DownloadOptions & { readonly variant?: Variant; readonly check?: CheckFiles },
): Promise<string> {
  const { variant, signal, onEvent, check, fetch, mayDownload } = options;
  const { folder } = await ensureSnapshot({
    ...repository,
    kind,
    cachedOnly: mayDownload?.(name) === false,
    ...(variant ? { variant } : {}),
    ...(signal ? { signal } : {}),
    ...(fetch ? { fetch } : {}),
    onEvent(event) {
      // The opened model tells a missing variant itself, also when nothing had to be fetched.
      if (event.type !== "warning" || event.code !== "hub-no-variant") onEvent?.(event);
    },
    ...(check ? { check } : {}),
  });
  return folder;
}
