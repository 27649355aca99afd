export { type CachedModel, type CachedSnapshot, cachedModel, cachedModels } from "./cached.node.ts";
export { cachedFolder, requireCached } from "./find.node.ts";
export { removeCached } from "./remove.node.ts";
export { parseRepository, type Repository, requireRepository } from "./repository.ts";
export { type HubSettings, hubSettings } from "./settings.ts";
export { ensureSnapshot, type Snapshot, type SnapshotRequest } from "./snapshot.node.ts";
export type { CheckFiles, HubEvent, SnapshotKind } from "./types.ts";
export { type VerifiedFile, verifyCached } from "./verify.node.ts";
