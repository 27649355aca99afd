export { untilAborted } from "./queue.ts";
export type { Engine, EngineOptions, MemoryMode, RunOptions, Session } from "./types.ts";
