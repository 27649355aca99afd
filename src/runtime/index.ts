export { createEngine } from "./engine.node.ts";
export type { Engine, EngineOptions, Feeds, MemoryMode, Outputs, Session } from "./types.ts";
