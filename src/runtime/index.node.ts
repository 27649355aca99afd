export {
  chooseDevice,
  openEngine,
  probeAnew,
  whyNotTried,
  wordsOf,
} from "./choose.node.ts";
export { createEngine } from "./engine.node.ts";
export type { Probe } from "./probe.node.ts";
