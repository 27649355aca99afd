export { adapterWeights } from "./adapters.ts";
export { openEmbedding } from "./embedding/open.node.ts";
export { withEmbeddings } from "./embedding/with-embeddings.node.ts";
export { faultTable } from "./fault-table.ts";
export { openWeightFile, type WeightFile, weightsOfFile } from "./files.node.ts";
export { openCheckpointFolder } from "./folder.node.ts";
export { LoraMismatchError, type LoraProblem } from "./lora/mismatch.ts";
export { openLora } from "./lora/open.node.ts";
export type { PeftConfig, PeftSettings } from "./lora/peft.ts";
export { type LoraFile, withLora } from "./lora/with-lora.node.ts";
export { extraInputs } from "./original/foreign.ts";
export { openSingleFile } from "./original/single-file.node.ts";
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
export { openVae } from "./vae-source.node.ts";
export { chooseWeights, DIFFUSION_STEM, TEXT_STEM, type Variant, type WeightStem } from "./weight-files.ts";
