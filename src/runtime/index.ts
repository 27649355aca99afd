export type { Engine, EngineOptions, MemoryMode, RunOptions, Session } from "./types.ts";
