export { adapterWeights } from "./adapters.ts";
export { type ConfigReader, configFileOf, readComponentConfig, readConfig } from "./config.ts";
export { withEmbeddings } from "./embedding/with-embeddings.ts";
export { faultTable } from "./fault-table.ts";
export { type LoraFile, withLora } from "./lora/with-lora.ts";
export { extraInputs } from "./original/foreign.ts";
export { bytesOfWeight, readWeight } from "./read-weight.ts";
export { type CaptionForm, type ModelSettings, type PresetKnobs, placesIn } from "./settings.ts";
export type {
  BlipCheckpoint,
  Checkpoint,
  ClipCheckpoint,
  Component,
  JsonObject,
  LoraTerm,
  ModelParts,
  NamedWeights,
  PredictionType,
  TextEmbedding,
  TokenizerFiles,
  WeightInfo,
  WordPieceFiles,
} from "./types.ts";
export { chooseWeights, DIFFUSION_STEM, TEXT_STEM, type Variant, type WeightStem } from "./weight-files.ts";
