export {
  chooseDevice,
  engineOn,
  openEngine,
  probeAnew,
  whyNotTried,
  wordsOf,
} from "./choose.node.ts";
export { missingLibraries, remedyFor } from "./cuda-libraries.node.ts";
export { createEngine } from "./engine.node.ts";
export type { Probe } from "./probe.node.ts";
export { cudaLibrary } from "./probe-cache.node.ts";
