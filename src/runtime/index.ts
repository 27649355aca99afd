export type { Engine, EngineOptions, Feeds, MemoryMode, Outputs, Session } from "./types.ts";
