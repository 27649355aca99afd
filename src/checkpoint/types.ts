import type { WeightSource } from "../graph/index.ts";
import type { Text } from "../say.ts";
import type { DType, Shape } from "../tensor/index.ts";
import type { ModelSettings } from "./settings.ts";
import type { Variant } from "./weight-files.ts";

/** A weight as its file describes it. Its bytes are not copied where the file holds them as they are: graphs refer to it. */
export interface WeightInfo {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly location: WeightSource;
}

export type NamedWeights = ReadonlyMap<string, WeightInfo>;

export type JsonObject = Readonly<Record<string, unknown>>;

/** One network of a checkpoint: its configuration as it stands in config.json, and its weights by name. */
export interface Component {
  /** What messages call it: the folder it came from. */
  readonly label: string;
  readonly config: JsonObject;
  /** Where the configuration is from, if not from a config.json: the shapes of the weights of a single file. */
  readonly configFrom?: "shapes";
  readonly weights: NamedWeights;
  /** Which of several copies the weights are, where they are not the full ones. */
  readonly variant?: Variant;
  /** Low-rank changes by the path of the layer that they change, e.g. `mid_block.attentions.0.proj_in`. */
  readonly lora?: ReadonlyMap<string, readonly LoraTerm[]>;
}

/** A low-rank change of one layer: W + scale · up · (mid ·) down, never multiplied out (Hu et al. 2021). */
export interface LoraTerm {
  /** [rank, in] or [rank, in, kh, kw]. */
  readonly down: WeightInfo;
  /** [rank, rank, kh, kw] of a convolution in three parts, whose `down` is 1×1. */
  readonly mid?: WeightInfo;
  /** [out, rank] or [out, rank, 1, 1]. */
  readonly up: WeightInfo;
  /** The user's scale times alpha / rank. */
  readonly scale: number;
  /** The file it came from. */
  readonly label: string;
}

/** Vectors that textual inversion found for a new word (Gal et al. 2022). */
export interface TextEmbedding {
  /** The word, as prompts write it. */
  readonly word: string;
  /** [tokens, width]: one row for each token that the word takes. */
  readonly vectors: WeightInfo;
  /** The file it came from. */
  readonly label: string;
}

/** Texts of the files of a CLIP tokenizer, a diffusers `tokenizer/` folder. */
export interface TokenizerFiles {
  /** What messages call their folder. */
  readonly folder?: string;
  /** vocab.json */
  readonly vocab: string;
  /** merges.txt */
  readonly merges: string;
  /** tokenizer_config.json */
  readonly config?: string | undefined;
  /** added_tokens.json: tokens after the vocabulary, as textual inversion saves them; the config may list them too. */
  readonly addedTokens?: string | undefined;
  /** special_tokens_map.json; where it differs from the config it wins, as in transformers. */
  readonly specialTokens?: string | undefined;
}

/** A whole CLIP in transformers' layout, which measures how well pictures and texts go together. */
export interface ClipCheckpoint {
  /** What the user called it. */
  readonly name: string;
  /** Both towers under one configuration. */
  readonly model: Component;
  readonly tokenizer: TokenizerFiles;
  /** preprocessor_config.json: how pictures are made ready; null where there is none. */
  readonly preprocessor: JsonObject | null;
}

/** Texts of the files of a tokenizer of word pieces, as BERT's. */
export interface WordPieceFiles {
  /** What messages call their folder. */
  readonly folder: string;
  /** vocab.txt */
  readonly vocab?: string | undefined;
  /** tokenizer.json, which is looked at where there is no vocab.txt. */
  readonly whole?: string | undefined;
}

/** A BLIP that describes pictures, in transformers' layout. */
export interface BlipCheckpoint {
  /** What the user called it. */
  readonly name: string;
  /** Both towers under one configuration. */
  readonly model: Component;
  readonly tokenizer: WordPieceFiles;
  /** preprocessor_config.json: how pictures are made ready; null where there is none. */
  readonly preprocessor: JsonObject | null;
  /** generation_config.json: how sentences are looked for; null where there is none. */
  readonly generation: JsonObject | null;
}

/** What a network's output means: the noise ε, or v = √ᾱ·ε − √(1−ᾱ)·x₀ (Salimans & Ho 2022). */
export type PredictionType = "epsilon" | "v_prediction";

/** Something about a checkpoint that the user should know. */
export interface CheckpointNote {
  readonly code: string;
  readonly message: Text;
}

/** What a model is made of, beside the checkpoint that its name leads to. */
export interface ModelParts {
  /** Take the half-size weights where a repository or folder has both. @default the full ones */
  readonly variant?: Variant;
  /** Another VAE: a folder, a file or a hub id. @default the checkpoint's own */
  readonly vae?: string;
  /** LoRA files, which add up; each acts as strongly as its scale says. @default none */
  readonly lora?: readonly { readonly path: string; readonly scale?: number }[];
  /** Textual-inversion embeddings; `word` is what prompts call it. @default the file's own word, else its name */
  readonly embeddings?: readonly { readonly path: string; readonly word?: string }[];
  /** What the UNet predicts, where a file does not say or says it wrongly. */
  readonly prediction?: PredictionType;
  /**
   * The model that a file of changed weights belongs to.
   * @default what the file names, where that comes with the program or lies in the hub's cache
   */
  readonly base?: string;
  /** Take the training's running averages (EMA) of a single file instead of its weights. @default false */
  readonly ema?: boolean;
}

/** Everything a Stable Diffusion checkpoint holds, whatever container it came in. */
export interface Checkpoint {
  /** What the user called it. */
  readonly name: string;
  readonly unet: Component;
  readonly vae: Component;
  readonly textEncoder: Component;
  readonly tokenizer: TokenizerFiles;
  /** Words that the user added, in the order of their token ids after the vocabulary. */
  readonly embeddings?: readonly TextEmbedding[];
  readonly scheduler: JsonObject;
  /** The folder's own `fatezero.json`, where it has one. */
  readonly settings: ModelSettings | null;
  readonly notes?: readonly CheckpointNote[];
  /** What it was put together from. */
  readonly parts?: ModelParts;
}
