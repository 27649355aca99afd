/** Opens checkpoints and what is added to them from files. */
export { openBlipFolder } from "./blip-folder.node.ts";
export { openClipFolder } from "./clip-folder.node.ts";
export { clipTokenizerFiles } from "./clip-vocabulary.node.ts";
export { type Delta, readDelta, withDelta, writeDelta } from "./delta.node.ts";
export { openEmbedding } from "./embedding/open.node.ts";
export { weightsOfFile } from "./files.node.ts";
export { openCheckpointFolder } from "./folder.node.ts";
export { requireInside } from "./inside.node.ts";
export { openLora } from "./lora/open.node.ts";
export { openSingleFile } from "./original/single-file.node.ts";
export { hasOwnVae, openVae } from "./vae-source.node.ts";
export {
  bytesInFile,
  type WeightPrecision,
  writeCheckpointFolder,
} from "./write-folder.node.ts";
