export { createKeeper, type Keeper } from "./keeper.ts";
export { type KeyPart, keyOf } from "./key.ts";
export type { JobState, StateStore } from "./types.ts";
