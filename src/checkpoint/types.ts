import type { WeightLocation } from "../graph/index.ts";
import type { DType, Shape } from "../tensor/index.ts";

/** A weight as its file describes it. Its bytes are never copied: graphs refer to the file. */
export interface WeightInfo {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly location: WeightLocation;
}

export type NamedWeights = ReadonlyMap<string, WeightInfo>;

export type JsonObject = Readonly<Record<string, unknown>>;

/** One network of a checkpoint: its configuration as it stands in config.json, and its weights by name. */
export interface Component {
  /** What messages call it: the folder it came from. */
  readonly label: string;
  readonly config: JsonObject;
  readonly weights: NamedWeights;
}

/** Texts of the files of a CLIP tokenizer. */
export interface TokenizerFiles {
  readonly vocab: string;
  readonly merges: string;
  readonly config?: string;
  readonly specialTokens?: string;
}

/** Everything a Stable Diffusion checkpoint holds, whatever container it came in. */
export interface Checkpoint {
  /** What the user called it. */
  readonly name: string;
  readonly unet: Component;
  readonly vae: Component;
  readonly textEncoder: Component;
  readonly tokenizer: TokenizerFiles;
  readonly scheduler: JsonObject;
  /** The folder's own `fatezero.json` (presets, default size), where it has one. */
  readonly settings: JsonObject | null;
}
