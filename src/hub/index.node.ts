/** The cache of downloaded models on disk, and what fills it. */
export { type CachedModel, type CachedSnapshot, cachedModel, cachedModels } from "./cached.node.ts";
export { cachedFolder, requireCached } from "./find.node.ts";
export { removeCached } from "./remove.node.ts";
export { hubSettings } from "./settings.node.ts";
export { ensureSnapshot, type Snapshot, type SnapshotRequest } from "./snapshot.node.ts";
export { type VerifiedFile, verifyCached } from "./verify.node.ts";
