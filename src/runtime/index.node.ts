export { createEngine } from "./engine.node.ts";
