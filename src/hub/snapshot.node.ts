import type { Variant } from "../checkpoint/index.ts";
import { FateZeroError } from "../errors.ts";
import { formatSeconds } from "../quantity.ts";
import { completeModels } from "./cached.node.ts";
import { withRemedy } from "./faults.ts";
import { fillSnapshot } from "./fill.node.ts";
import { cachedRepository, writeRef } from "./layout.node.ts";
import { resolveCommit } from "./listing.node.ts";
import { type LocalSnapshot, lastSeen, localSnapshot } from "./local.node.ts";
import { withLock } from "./lock.node.ts";
import { proxiedFetch } from "./proxied-fetch.node.ts";
import { DEFAULT_REVISION, isCommit, requireRepository } from "./repository.ts";
import type { Connection } from "./request.node.ts";
import type { Selection } from "./select.ts";
import { type Environment, type HubSettings, hubSettings } from "./settings.node.ts";
import { readToken } from "./token.node.ts";
import type { CheckFiles, HubEvent, SnapshotKind } from "./types.ts";

export interface SnapshotRequest {
  /** `owner/name`. */
  readonly id: string;
  /** Branch, tag or commit. @default "main" */
  readonly revision?: string;
  /** Take the half-size weights where there are both. @default the full ones */
  readonly variant?: Variant;
  /** @default "pipeline" */
  readonly kind?: SnapshotKind;
  /** Where HF_HOME and the like are read from. @default process.env */
  readonly env?: Environment;
  /** Ask nothing of the network: what the cache lacks is refused. @default what HF_HUB_OFFLINE says */
  readonly cachedOnly?: boolean;
  /** Ends the download at once; what has come stays for the next. */
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: HubEvent) => void;
  /** May refuse a model by its configurations before gigabytes of weights are fetched. @internal */
  readonly check?: CheckFiles;
  /** What carries the requests, redirects one by one. @default the global one, through the proxies that `env` names */
  readonly fetch?: typeof fetch;
  /** Tries after the first that bring nothing new, before a download is given up. @default 5 */
  readonly retries?: number;
  /** Milliseconds before the second try; they double with each further one. @default 500 */
  readonly backoffMs?: number;
}

export interface Snapshot {
  /** Folder that looks like the repository. */
  readonly folder: string;
  /** The commit that it is of. */
  readonly commit: string;
  /** The files in it that were asked for, with `/`; there may be others, of another variant. */
  readonly files: readonly string[];
}

const snapshotOf = (folder: string, commit: string, { small, weights }: Selection): Snapshot => ({
  folder,
  commit,
  files: [...small, ...weights],
});

/** Whether nothing better could come from the hub: all that is needed is there, in the variant asked for. */
function isFinal({ isComplete, selection }: LocalSnapshot): boolean {
  return isComplete && selection.otherVariant.length === 0;
}

/**
 * Has a model of the hub in the cache that Python's huggingface_hub uses too, and returns its folder. What is there is not
 * fetched again; a whole commit hash that is complete asks nothing of the network, a branch asks for its current commit.
 * Without a network the cached one is taken, with a warning. Throws FateZeroError: `hub-…`, `no-space`.
 *
 * @example
 * const { folder } = await ensureSnapshot({ id: "CompVis/stable-diffusion-v1-4", variant: "fp16" });
 */
export async function ensureSnapshot(request: SnapshotRequest): Promise<Snapshot> {
  const { revision = DEFAULT_REVISION, variant, kind = "pipeline", env = process.env, check } = request;
  const { id } = requireRepository(`${request.id}@${revision}`);
  const onEvent = request.onEvent ?? (() => {});
  const signal = request.signal ?? new AbortController().signal;
  const settings = hubSettings(env);
  const repository = cachedRepository(settings.cache, id);
  signal.throwIfAborted();

  const known = await lastSeen(repository, revision, kind, variant);
  if (settings.offline || request.cachedOnly) {
    if (known?.isComplete) return snapshotOf(known.folder, known.commit, known.selection);
    if (request.cachedOnly) throw notAsked(id, known, settings);
    throw await offlineError(id, known, settings);
  }
  if (isCommit(revision) && known && isFinal(known))
    return snapshotOf(known.folder, known.commit, known.selection);

  const token = await readToken(settings);
  const { endpoint, stallMs, cache } = settings;
  const { retries = 5, backoffMs = 500, fetch = proxiedFetch(env) } = request;
  const onWait = (why: string, ms: number): void => {
    const message = `${endpoint}: ${why}; it is asked again in ${formatSeconds(ms / 1000)}.`;
    onEvent({ type: "warning", code: "hub-wait", message });
  };
  const connection: Connection = { endpoint, token, stallMs, retries, backoffMs, signal, onWait, fetch };
  const asked = { endpoint, id, revision, tokenSource: token?.source ?? null };

  let commit: string;
  try {
    commit = isCommit(revision) ? revision : await resolveCommit(asked, connection);
  } catch (error) {
    if (!(error instanceof FateZeroError) || error.code === "hub-revision") throw error;
    if (!known?.isComplete) throw await withCached(error, settings);
    const message = `${error.message} The model is taken from the cache, as it was last seen (${known.commit.slice(0, 8)}).`;
    onEvent({ type: "warning", code: "hub-from-cache", message });
    return snapshotOf(known.folder, known.commit, known.selection);
  }

  const here = await localSnapshot(repository, commit, kind, variant);
  if (isFinal(here)) {
    // The cache of a cluster may be read-only, which does no harm to what is in it.
    await writeRef(repository, revision, commit).catch(() => {});
    return snapshotOf(here.folder, commit, here.selection);
  }
  try {
    const wait = (): void => onEvent({ type: "waiting", id });
    return await withLock(repository, signal, wait, async (locked) => {
      const now = await localSnapshot(repository, commit, kind, variant);
      const filling = { repository, commit, kind, variant, settings, asked, check, onEvent };
      const selection = isFinal(now)
        ? now.selection
        : await fillSnapshot({ ...filling, connection: { ...connection, signal: locked } });
      if (!isCommit(revision)) await writeRef(repository, revision, commit);
      return snapshotOf(now.folder, commit, selection);
    });
  } catch (error) {
    if (here.isComplete && isOutage(error)) {
      const message = `${error.message} The model is taken from the cache.`;
      onEvent({ type: "warning", code: "hub-from-cache", message });
    } else if (!isSystemError(error)) throw error;
    if (here.isComplete) return snapshotOf(here.folder, commit, here.selection);
    throw cacheError(cache, error as NodeJS.ErrnoException);
  }
}

/** The network's faults, which a model that is complete in another variant does not suffer from. */
function isOutage(error: unknown): error is FateZeroError {
  return (
    error instanceof FateZeroError && ["hub-unreachable", "hub-interrupted", "hub-busy"].includes(error.code)
  );
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "syscall" in error;
}

function cacheError(cache: string, cause: NodeJS.ErrnoException): FateZeroError {
  return new FateZeroError(
    "hub-cache",
    `The model cache ${cache} cannot be used: ${cause.message}.`,
    "Change its permissions, or set HF_HOME to another folder.",
    { cause },
  );
}

function lackText(known: LocalSnapshot | null, cache: string): string {
  return known
    ? `is not complete in ${cache}: it lacks ${known.selection.missing.join(", ")}`
    : `is not in ${cache}`;
}

function notAsked(id: string, known: LocalSnapshot | null, { cache }: HubSettings): FateZeroError {
  return new FateZeroError(
    "hub-not-asked",
    `"${id}" ${lackText(known, cache)}, and nobody asked for its download.`,
    `Download it: fatezero models pull ${id}`,
  );
}

async function offlineError(
  id: string,
  known: LocalSnapshot | null,
  { cache }: HubSettings,
): Promise<FateZeroError> {
  return new FateZeroError(
    "hub-offline",
    `"${id}" ${lackText(known, cache)}, and HF_HUB_OFFLINE forbids to download it.`,
    `Unset HF_HUB_OFFLINE.${await cachedText(cache)}`,
  );
}

/** An error of the network, with what can be used without it. */
async function withCached(error: FateZeroError, { cache }: HubSettings): Promise<FateZeroError> {
  if (error.code !== "hub-unreachable") return error;
  return withRemedy(error, `${error.remedy}${await cachedText(cache)}`);
}

async function cachedText(cache: string): Promise<string> {
  const ids = await completeModels(cache);
  return ids.length === 0 ? " No model is in the cache." : ` In the cache are: ${ids.join(", ")}.`;
}
