import { copyFile, mkdir, rename, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { removeLeftovers, temporarySibling } from "../files/index.node.ts";
import { readTextIfAny } from "../read-text.node.ts";
import { isCommit } from "./repository.ts";
import type { RemoteFile } from "./types.ts";

/**
 * Places in the cache, as huggingface_hub lays it out: blobs by their hash, snapshots of links to them by commit, and refs
 * that hold the commit of a branch or tag.
 */
export interface CachedRepository {
  readonly id: string;
  /** `models--owner--name`. */
  readonly folder: string;
  /** Folder of its locks. */
  readonly locks: string;
  blob(etag: string): string;
  snapshot(commit: string): string;
  ref(revision: string): string;
}

export function cachedRepository(cache: string, id: string): CachedRepository {
  const name = ["models", ...id.split("/")].join("--");
  const folder = join(cache, name);
  return {
    id,
    folder,
    locks: join(cache, ".locks", name),
    blob: (etag) => join(folder, "blobs", etag),
    snapshot: (commit) => join(folder, "snapshots", commit),
    ref: (revision) => join(folder, "refs", ...revision.split("/")),
  };
}

/** Where a partial download of a blob lies. */
export const partOf = (blob: string): string => `${blob}.fatezero.incomplete`;

/** Bytes of a file, links followed; null where there is none. */
export async function sizeAt(path: string): Promise<number | null> {
  const info = await stat(path).catch(() => null);
  return info?.isFile() ? info.size : null;
}

/** The commit that a revision was last known to be; null where the cache does not tell. */
export async function knownCommit(repository: CachedRepository, revision: string): Promise<string | null> {
  if (isCommit(revision)) return revision;
  const commit = ((await readTextIfAny(repository.ref(revision))) ?? "").trim();
  return isCommit(commit) ? commit : null;
}

/** Writes the commit of a branch or tag, at once for readers; does nothing where it stands already. */
export async function writeRef(
  repository: CachedRepository,
  revision: string,
  commit: string,
): Promise<void> {
  if ((await knownCommit(repository, revision)) === commit) return;
  const path = repository.ref(revision);
  await mkdir(dirname(path), { recursive: true });
  await removeLeftovers(path);
  const temporary = temporarySibling(path);
  await writeFile(temporary, commit);
  await rename(temporary, path);
}

/** Whether a snapshot has a file, of the size that the hub tells. */
export async function hasFile(
  repository: CachedRepository,
  commit: string,
  { path, size }: RemoteFile,
): Promise<boolean> {
  return (await sizeAt(join(repository.snapshot(commit), path))) === size;
}

/** Puts a complete blob into a snapshot: a relative link, or the file itself where links cannot be made. */
export async function linkFile(
  repository: CachedRepository,
  commit: string,
  { path, etag }: RemoteFile,
  { symlinks, isNew }: { readonly symlinks: boolean; readonly isNew: boolean },
): Promise<void> {
  const pointer = join(repository.snapshot(commit), path);
  const blob = repository.blob(etag);
  await mkdir(dirname(pointer), { recursive: true });
  await removeLeftovers(pointer);
  const temporary = temporarySibling(pointer);
  if (symlinks) {
    const refused = await symlink(relative(dirname(pointer), blob), temporary).then(
      () => null,
      (error: NodeJS.ErrnoException) => error,
    );
    // In one step, as another process may read or write the same.
    if (refused === null) return rename(temporary, pointer);
    // What file systems and Windows say that know no links, or give them to administrators only.
    if (!["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EINVAL"].includes(refused.code ?? "")) throw refused;
  }
  // Another snapshot may hold an older blob; a new one belongs to nobody yet and can move.
  if (isNew) return rename(blob, pointer);
  await copyFile(blob, temporary);
  await rename(temporary, pointer);
}

/** Tells backup programs what the folder is, as huggingface_hub does (bford.info/cachedir). */
export async function tagCache(cache: string): Promise<void> {
  const text =
    "Signature: 8a477f597d28d172789f06886806bc55\n# This folder is a cache of models (Hugging Face).\n";
  await writeFile(join(cache, "CACHEDIR.TAG"), text, { flag: "wx" }).catch(() => {});
}
