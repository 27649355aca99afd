/** Configs as YAML: the authors' files in this program's terms, and this program's settings in theirs. */
export { frameListOf } from "./attend.ts";
export { locate } from "./locate.node.ts";
export { type ReadConfig, readConfig } from "./read.ts";
export {
  type ConfigEdit,
  type ConfigTuning,
  RELEASED_DEFAULTS,
  type RunConfig,
} from "./types.ts";
export { configText } from "./write.ts";
