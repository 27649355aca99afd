/**
 * What files and requests may claim. A count in a file is believed only up to these, so that no file makes the program
 * take memory or time that its own size does not explain. Each is far above what sound files have; docs/limits.md lists them.
 */

/** Characters of a JSON text: a `tokenizer.json` has 4 million. */
export const MAX_JSON_CHARACTERS = 16 * 2 ** 20;
/** Levels of lists and mappings inside each other, in JSON, YAML and pickles. */
export const MAX_NESTING = 64;
/** Bytes of a text file: a model's configurations, vocabulary and merges, or a list of pairs of prompts. */
export const MAX_TEXT_BYTES = 16 * 2 ** 20;

/** Bytes of the header of a `.safetensors` file: that of Stable Diffusion has 0.3 million. */
export const MAX_HEADER_BYTES = 16 * 2 ** 20;
/** Tensors of one file: a Stable Diffusion checkpoint with its averages has 2,000. */
export const MAX_TENSORS = 50_000;
/** Files that the weights of one network lie in. */
export const MAX_SHARDS = 256;
/** Axes of a tensor, as in PyTorch. */
export const MAX_RANK = 64;

/** Values of one position in any layer of a network: channels, text width, the width inside a feed-forward layer. */
export const MAX_WIDTH = 65_536;
/** Layers that one key of a configuration counts. */
export const MAX_LAYERS = 64;
/** Resolution levels of a network. */
export const MAX_LEVELS = 8;
/** Channels of latents. */
export const MAX_LATENT_CHANNELS = 64;
/** Places of a text encoder: 77 of CLIP. */
export const MAX_TEXT_PLACES = 1_024;
/** Side of the latents that a model was trained at. */
export const MAX_SAMPLE_SIZE = 1_024;
/** Pixels of the shorter side that a model folder may name. */
export const MAX_MODEL_SIZE = 8_192;
/** Timesteps of a training schedule: 1,000 of every released model. */
export const MAX_TRAIN_TIMESTEPS = 10_000;
/** Weights that are missing or wrong before a network is given up, built no further. */
export const MAX_WEIGHT_PROBLEMS = 1_000;

/** Tokens of a vocabulary, and lines of its merges: CLIP has 49,408. */
export const MAX_VOCABULARY = 400_000;
/** Tokens that a folder adds to its vocabulary. */
export const MAX_ADDED_TOKENS = 2_000;
/** Characters of an added or a special token. */
export const MAX_TOKEN_CHARACTERS = 100;

/** Characters of a prompt: 77 tokens are about 400. */
export const MAX_PROMPT_CHARACTERS = 10_000;

/** Frames that one frame's self-attention looks at: its memory grows with them. */
export const MAX_ATTENDED = 16;
/** Frames between a frame and one that it looks at. */
export const MAX_FRAME_OFFSET = 1_000_000;

/** Characters of a text in which a file says how it was made. */
export const MAX_PROVENANCE_CHARACTERS = 100_000;

/** Bytes of a config of `fatezero run`: those of the authors have 2,000. */
export const MAX_CONFIG_BYTES = 2 ** 20;
/** Values of a config, each counted in every place where an alias (`*name`) or a reference (`${…}`) shows it. */
export const MAX_CONFIG_VALUES = 100_000;
/** References (`${…}`) that are followed for one key of a config. */
export const MAX_REFERENCES = 1_000;
/** Characters of a text that references make. */
export const MAX_REFERENCED_CHARACTERS = 100_000;
/** Edits of one config. */
export const MAX_EDITS = 1_000;

/** The largest number that a field or key without a range of its own takes. */
export const MAX_NUMBER = 1e9;
