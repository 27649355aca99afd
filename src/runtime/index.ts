export { untilAborted } from "./queue.ts";
export type { Engine, EngineOptions, EngineWarning, MemoryMode, RunOptions, Session } from "./types.ts";
