export { createEngine, resolveDevice } from "./engine.node.ts";
export type { Engine, EngineOptions, MemoryMode, RunOptions, Session } from "./types.ts";
