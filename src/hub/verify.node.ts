import { readdir, readlink, stat } from "node:fs/promises";
import { basename, join, relative, sep } from "node:path";
import type { CachedModel, CachedSnapshot } from "./cached.node.ts";
import { cachedRepository } from "./layout.node.ts";
import { localSnapshot } from "./local.node.ts";
import { hashOfFile } from "./part-file.node.ts";

/** What was found of one file of a cached model. */
export interface VerifiedFile {
  /** In the repository, with `/`; the commit where the snapshot itself is meant. */
  readonly path: string;
  readonly commit: string;
  readonly isGood: boolean;
  /** What was seen, in words. */
  readonly text: string;
}

const isHash = (name: string): boolean => /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(name);

async function verifyFile(
  path: string,
  signal: AbortSignal | undefined,
): Promise<Pick<VerifiedFile, "isGood" | "text">> {
  const target = await readlink(path).catch(() => null);
  const info = await stat(path).catch(() => null);
  if (!info) return { isGood: false, text: "its blob is missing" };
  // The first link leads to the blob, whose name is its hash; that may itself be a link into a store that Python shares.
  const expected = target === null ? "" : basename(target);
  if (!isHash(expected)) return { isGood: true, text: `${info.size} bytes; no hash is kept of it` };
  const found = await hashOfFile(path, expected, info.size, signal);
  return found === expected
    ? { isGood: true, text: `${info.size} bytes, as its hash says` }
    : { isGood: false, text: `its hash is ${found} where ${expected} is expected` };
}

async function* verifySnapshot(
  model: CachedModel,
  cache: string,
  { commit, folder, kind, isDiffusers }: CachedSnapshot,
  seen: Set<string>,
  signal: AbortSignal | undefined,
): AsyncGenerator<VerifiedFile> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries.filter((item) => !item.isDirectory())) {
    const file = join(entry.parentPath, entry.name);
    const blob = await readlink(file).catch(() => file);
    // Snapshots share blobs: each is hashed once.
    if (seen.has(basename(blob))) continue;
    if (blob !== file) seen.add(basename(blob));
    const path = relative(folder, file).replaceAll(sep, "/");
    yield { path, commit, ...(await verifyFile(file, signal)) };
  }
  if (kind !== null || !isDiffusers) return;
  const { selection } = await localSnapshot(cachedRepository(cache, model.id), commit, "pipeline");
  yield { path: commit, commit, isGood: false, text: `lacks ${selection.missing.join(", ")}` };
}

/** Hashes every file of a cached model and tells of each whether it is what its name says. */
export async function* verifyCached(
  model: CachedModel,
  cache: string,
  signal?: AbortSignal,
): AsyncGenerator<VerifiedFile> {
  const seen = new Set<string>();
  for (const snapshot of model.snapshots) yield* verifySnapshot(model, cache, snapshot, seen, signal);
}
