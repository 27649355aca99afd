import { FateZeroError } from "../../errors.ts";

/** The vectors of an embedding file, and the word that the file gives them. */
export interface FoundVectors<T> {
  /** Null where the file names none. */
  readonly word: string | null;
  readonly vectors: T;
}

/** Names under which files keep vectors that have no word of their own. */
const NAMELESS = ["*", "emb_params"];

const isDict = (value: unknown): value is ReadonlyMap<unknown, unknown> => value instanceof Map;

/**
 * Finds the vectors in what an embedding file holds. `T` is a tensor as its reader has it, dicts are Maps:
 *
 * - diffusers: `{ "<cat-toy>": tensor }`;
 * - AUTOMATIC1111's `.pt`, and the paper's own: `{ string_to_param: { "*": tensor }, … }`; as safetensors `emb_params`;
 * - a tensor alone.
 *
 * Throws FateZeroError `embedding-unsupported` for one of Stable Diffusion XL, `embedding-invalid` for any other file.
 */
export function findVectors<T>(
  content: unknown,
  isTensor: (value: unknown) => value is T,
  label: string,
): FoundVectors<T> {
  if (isTensor(content)) return { word: null, vectors: content };
  const top = isDict(content) ? content : new Map<unknown, unknown>();
  if (top.has("clip_g") || top.has("clip_l")) {
    throw new FateZeroError(
      "embedding-unsupported",
      `${label} is an embedding of Stable Diffusion XL: it has vectors for two text encoders (clip_l, clip_g).`,
      "Use an embedding that was trained on this kind of model.",
    );
  }
  const inner = top.get("string_to_param");
  const tensors = [...(isDict(inner) ? inner : top)].filter((entry): entry is [unknown, T] =>
    isTensor(entry[1]),
  );
  const [only] = tensors;
  if (only && tensors.length === 1) {
    const [name, vectors] = only;
    const named = typeof name === "string" && !NAMELESS.includes(name) && !isDict(inner);
    return { word: named ? name : null, vectors };
  }
  const names = [...top.keys()].slice(0, 3).map((name) => `"${String(name)}"`);
  throw new FateZeroError(
    "embedding-invalid",
    `${label} is no textual-inversion embedding: it holds ${tensors.length} tensors instead of one${names.length > 0 ? ` (among ${names.join(", ")})` : ""}.`,
    "A LoRA is given as a LoRA, a whole checkpoint as the model.",
  );
}
