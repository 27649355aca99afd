import { clipTokenizerFiles, openEmbedding } from "../checkpoint/index.node.ts";
import { createTokenizer, withWords } from "../prompt/index.ts";
import { checkConfigs } from "./check-configs.ts";
import type { PlanningModel } from "./model.ts";
import { type OpenOptions, openCheckpoint } from "./open-checkpoint.node.ts";
import { tokenizersOf } from "./tokenizers.ts";

/** Places of CLIP's text encoder. */
const CLIP_LENGTH = 77;

/** The words that all Stable Diffusion 1.x and 2.x checkpoints share, and the paper's presets. */
async function stableDiffusion({ embeddings = [] }: OpenOptions): Promise<PlanningModel> {
  const files = await clipTokenizerFiles("<|endoftext|>");
  const added = await Promise.all(embeddings.map(({ path, word }) => openEmbedding(path, word ?? null)));
  const words = added.map(({ word, vectors }) => ({ word, tokens: vectors.shape[0]! }));
  const tokenizer = withWords(createTokenizer({ ...files, maxLength: CLIP_LENGTH }), words);
  return { tokenizer, checkpoint: { settings: null } };
}

/**
 * Opens what `planEdit` needs, with no weights loaded and nothing ready to compute: of Stable Diffusion in general, or of a
 * model by the name that `loadModel` takes.
 *
 * @throws FateZeroError naming what is missing or does not fit
 */
export async function openPlanningModel(
  name?: string,
  options: Omit<OpenOptions, "check"> = {},
): Promise<PlanningModel> {
  if (name === undefined) return await stableDiffusion(options);
  const checkpoint = await openCheckpoint(name, { ...options, check: checkConfigs(name, "pipeline") });
  return { tokenizer: tokenizersOf(checkpoint).all, checkpoint };
}
