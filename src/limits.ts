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
/** Pixels of a side of the pictures that a vision tower sees: CLIP's see 224 to 448. */
export const MAX_VISION_SIDE = 2_048;
/** Side of the latents that a model was trained at. */
export const MAX_SAMPLE_SIZE = 1_024;
/** Pixels of the shorter side that a model folder may name. */
export const MAX_MODEL_SIZE = 8_192;
/** Words that may stand in one place of the sentences that a model folder lists. */
export const MAX_CAPTION_WORDS = 200;
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
/** Frames of a window. */
export const MAX_WINDOW = 1_000_000;

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

/** Bytes of one pickle: that of a Stable Diffusion checkpoint takes about 130 a tensor, 0.2 MB in all. */
export const MAX_PICKLE_BYTES = 64 * 2 ** 20;
/** Opcodes of one pickle: a tensor takes about 45, so these are 20,000; each makes at most one object. */
export const MAX_PICKLE_OPERATIONS = 1_000_000;
/** Entries of a PyTorch file's archive: one a storage, and a few more. */
export const MAX_ARCHIVE_ENTRIES = 100_000;
/** Bytes of all the weights that must be unpacked into memory, since the file does not hold them as they are needed. */
export const MAX_UNPACKED_BYTES = 2 ** 30;

/** Pixels of a side at which a model works: a strip of a picture is no job. */
export const MAX_WORKING_SIDE = 16_384;
/** Pixels of a picture that is decoded: no camera makes more, and as floats they are 1.6 GB. */
export const MAX_PICTURE_PIXELS = 2 ** 27;
/** Frames that the tables of a video file may stand for: 46 hours at 50 a second. */
export const MAX_FILE_FRAMES = 2 ** 23;
/** Boxes of an mp4: a day's recording in fragments of a second has twice 86,400. */
export const MAX_MP4_BOXES = 1_000_000;
/** Boxes within one: more than any writer makes. */
export const MAX_MP4_CHILDREN = 2_000;
/** Elements of a Matroska segment: a cluster a second, for days. */
export const MAX_MATROSKA_ELEMENTS = 1_000_000;
/** Bytes of a Matroska index. */
export const MAX_MATROSKA_INDEX_BYTES = 2 ** 25;
/** Elements that are gone through in search of a recording's end: blocks of a day. */
export const MAX_MATROSKA_BLOCKS = 5_000_000;

/** Edits of one command: targets times the values of what is swept. */
export const MAX_SWEPT_EDITS = 64;
/** Parts of a picture with a target prompt each. */
export const MAX_REGIONS = 16;

/** Bytes of one answer of the hub's API, unpacked. */
export const MAX_HUB_ANSWER_BYTES = 32_000_000;
/** Pages of a listing that are followed; the hub puts up to 1,000 files on one. */
export const MAX_HUB_PAGES = 200;
/** Files of a repository. */
export const MAX_HUB_FILES = 100_000;
/** Bytes of a repository's file of configurations or of a tokenizer. */
export const MAX_HUB_SMALL_BYTES = 100_000_000;
/** Characters of a path in a repository. */
export const MAX_HUB_PATH_CHARACTERS = 1_000;
/** Servers that one request is sent on to. */
export const MAX_HUB_REDIRECTS = 5;
/** Milliseconds that are waited before another try by ourselves. */
export const MAX_HUB_BACKOFF_MS = 30_000;
/** Milliseconds that are waited where a server asks for it; longer is given up. */
export const MAX_HUB_WAIT_MS = 5 * 60_000;
/** Bytes that must come before the time without a byte is counted anew, and for a try to have brought something. */
export const LEAST_HUB_BYTES = 1_000;
/** Seconds that HF_HUB_DOWNLOAD_TIMEOUT may say. */
export const MAX_HUB_TIMEOUT_SECONDS = 86_400;

/** Characters of a message; the middle of a longer one is left out. */
export const MAX_MESSAGE_CHARACTERS = 4_000;
