import { readdir } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import type { Variant } from "../checkpoint/index.ts";
import { type CachedRepository, knownCommit, sizeAt } from "./layout.node.ts";
import { type Selection, selectFiles } from "./select.ts";
import type { SnapshotKind } from "./types.ts";

/** Files below a folder by their paths with `/`, without links that lead nowhere. */
export async function pathsIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const paths = await Promise.all(
    entries
      .filter((entry) => !entry.isDirectory())
      .map(async (entry) => {
        const path = join(entry.parentPath, entry.name);
        return (await sizeAt(path)) === null ? null : relative(folder, path).replaceAll(sep, "/");
      }),
  );
  return paths.filter((path) => path !== null);
}

/** What the cache has of a model at one commit. */
export interface LocalSnapshot {
  readonly folder: string;
  readonly commit: string;
  readonly selection: Selection;
  /** Nothing that is needed is missing. */
  readonly isComplete: boolean;
}

/** What the cache has at a commit, judged by what is there. */
export async function localSnapshot(
  repository: CachedRepository,
  commit: string,
  kind: SnapshotKind,
  variant?: Variant,
): Promise<LocalSnapshot> {
  const folder = repository.snapshot(commit);
  const selection = selectFiles(await pathsIn(folder), kind, variant);
  return { folder, commit, selection, isComplete: selection.missing.length === 0 };
}

/** The same for a branch or tag as it was last seen; null where it never was. */
export async function lastSeen(
  repository: CachedRepository,
  revision: string,
  kind: SnapshotKind,
  variant?: Variant,
): Promise<LocalSnapshot | null> {
  const commit = await knownCommit(repository, revision);
  return commit === null ? null : localSnapshot(repository, commit, kind, variant);
}
