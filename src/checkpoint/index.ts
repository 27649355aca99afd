export { adapterWeights } from "./adapters.ts";
export { openEmbedding, parseEmbedding, withEmbeddings } from "./embedding/index.ts";
export { faultTable } from "./fault-table.ts";
export { openWeightFile, type WeightFile, weightsOfFile } from "./files.node.ts";
export { openCheckpointFolder } from "./folder.node.ts";
export type { CheckFiles, HubEvent, SnapshotKind } from "./hub/index.ts";
export {
  type LoraFile,
  LoraMismatchError,
  type LoraProblem,
  openLora,
  type PeftConfig,
  type PeftSettings,
  parseLora,
  withLora,
} from "./lora/index.ts";
export { embeddedModels, type OpenOptions, openCheckpoint } from "./open.node.ts";
export { extraInputs } from "./original/index.ts";
export { bytesOfWeight, readWeight } from "./read-weight.node.ts";
export type {
  Checkpoint,
  CheckpointNote,
  Component,
  JsonObject,
  LoraTerm,
  ModelParts,
  NamedWeights,
  PredictionType,
  TextEmbedding,
  TokenizerFiles,
  WeightInfo,
} from "./types.ts";
