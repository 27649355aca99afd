import { rm } from "node:fs/promises";
import { FateZeroError } from "../errors.ts";
import { requireCached } from "./find.node.ts";
import { cachedRepository } from "./layout.node.ts";
import { withLock } from "./lock.node.ts";

/**
 * Removes a model from the cache, all its revisions, and returns the bytes that it took. Links are removed and not
 * followed, so nothing outside its folder is touched. Throws FateZeroError `hub-not-cached`, or `hub-in-use` while it is
 * downloaded.
 */
export async function removeCached(cache: string, id: string): Promise<{ readonly bytes: number }> {
  const { bytes } = await requireCached(cache, id);
  const repository = cachedRepository(cache, id);
  const inUse = (): never => {
    throw new FateZeroError(
      "hub-in-use",
      `"${id}" is being downloaded by another process.`,
      "Stop that one first, or wait for it.",
    );
  };
  await withLock(repository, new AbortController().signal, inUse, () =>
    rm(repository.folder, { recursive: true, force: true }),
  );
  return { bytes };
}
