export { openCheckpointFolder, weightsOfFile } from "./folder.node.ts";
export { bytesOfWeight, readWeight } from "./read-weight.node.ts";
export type {
  Checkpoint,
  Component,
  JsonObject,
  LoraTerm,
  NamedWeights,
  TextEmbedding,
  TokenizerFiles,
  WeightInfo,
} from "./types.ts";
