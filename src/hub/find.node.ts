import { FateZeroError } from "../errors.ts";
import { type CachedModel, cachedModel, cachedModels } from "./cached.node.ts";
import { cachedRepository, knownCommit } from "./layout.node.ts";
import { localSnapshot } from "./local.node.ts";
import { DEFAULT_REVISION, type Repository } from "./repository.ts";

/** A cached model. Throws FateZeroError `hub-not-cached` where there is none, naming those that are there. */
export async function requireCached(cache: string, id: string): Promise<CachedModel> {
  const model = await cachedModel(cache, id);
  if (model) return model;
  const ids = (await cachedModels(cache)).map((other) => other.id);
  throw new FateZeroError(
    "hub-not-cached",
    `"${id}" is not in the cache ${cache}.`,
    ids.length === 0 ? "No model is there." : `There are: ${ids.join(", ")}.`,
  );
}

/** Folder of a complete cached model. Throws FateZeroError `hub-not-cached` where it is not there or not complete. */
export async function cachedFolder(cache: string, { id, revision }: Repository): Promise<string> {
  const { snapshots } = await requireCached(cache, id);
  const repository = cachedRepository(cache, id);
  const at = revision ?? DEFAULT_REVISION;
  const commit = await knownCommit(repository, at);
  const snapshot = snapshots.find((one) => one.commit === commit);
  if (snapshot?.kind) return snapshot.folder;
  const missing =
    snapshot && (await localSnapshot(repository, snapshot.commit, "pipeline")).selection.missing;
  const lacks = missing ? `it lacks ${missing.join(", ")}` : "its download has not ended";
  throw new FateZeroError(
    "hub-not-cached",
    `"${id}" is not complete at "${at}" in the cache ${cache}: ${lacks}.`,
    `Download it: fatezero models pull ${id}${revision === undefined ? "" : `@${revision}`}`,
  );
}
