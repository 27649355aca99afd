export { createEngine, resolveDevice } from "./engine.node.ts";
