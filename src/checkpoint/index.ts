export { openCheckpointFolder, weightsOfFile } from "./folder.node.ts";
export type { Checkpoint, Component, JsonObject, NamedWeights, TokenizerFiles, WeightInfo } from "./types.ts";
