export { parseRepository, type Repository, requireRepository } from "./repository.ts";
export type { CheckFiles, HubEvent, SnapshotKind } from "./types.ts";
