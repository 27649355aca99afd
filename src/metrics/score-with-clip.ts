import type { ClipModel, EmbedOptions } from "../pipeline/index.ts";
import { type FloatTensor, slice0 } from "../tensor/index.ts";
import type { GivenFrame } from "../video/index.ts";
import { clipTextScore, directionalSimilarity, frameAccuracy, temporalConsistency } from "./clip-scores.ts";

/** A clip, its edit, and what their prompts say. */
export interface EditedClip {
  readonly source: readonly GivenFrame[];
  readonly edited: readonly GivenFrame[];
  readonly sourcePrompt: string;
  readonly targetPrompt: string;
}

/** What CLIP says of a clip by itself; each as its function tells. */
export interface FrameScores {
  readonly temporalConsistency: number | null;
  readonly frameAccuracy: number | null;
  readonly textScore: number | null;
}

/** What CLIP says of an edit; each as its function tells. */
export interface ClipScores extends FrameScores {
  readonly directionalSimilarity: number | null;
  /** The same of the source: what an edit that changes nothing has. */
  readonly ofSource: FrameScores;
}

/** An edit as a CLIP sees it: embeddings of its frames and sentences. */
export interface EmbeddedEdit {
  /** Of the source's frames, and of the edit's: [frames, width]. */
  readonly before: FloatTensor;
  readonly after: FloatTensor;
  /** Of the source prompt, and of the target prompt: [1, width]. */
  readonly from: FloatTensor;
  readonly to: FloatTensor;
}

/**
 * Embeds an edit, its source and both prompts.
 *
 * @throws FateZeroError what embedding throws
 */
export async function embedEdit(
  clip: ClipModel,
  { source, edited, sourcePrompt, targetPrompt }: EditedClip,
  options: EmbedOptions = {},
): Promise<EmbeddedEdit> {
  const texts = await clip.embedTexts([sourcePrompt, targetPrompt], options);
  const before = await clip.embedImages(source, options);
  const after = await clip.embedImages(edited, options);
  return { before, after, from: slice0(texts, 0, 1), to: slice0(texts, 1, 2) };
}

/**
 * All scores of an edit that was embedded.
 *
 * @throws FateZeroError `bad-argument` where the edit has not as many frames as its source
 */
export function scoreEmbedded(
  { before, after, from, to }: EmbeddedEdit,
  options: Pick<EmbedOptions, "compat"> = {},
): ClipScores {
  const scoresOf = (frames: FloatTensor): FrameScores => ({
    temporalConsistency: temporalConsistency(frames),
    frameAccuracy: frameAccuracy(frames, from, to, options),
    textScore: clipTextScore(frames, to),
  });
  return {
    ...scoresOf(after),
    directionalSimilarity: directionalSimilarity(before, after, from, to),
    ofSource: scoresOf(before),
  };
}

/**
 * All scores of an edit that a CLIP gives, with those of its source beside them.
 *
 * @throws FateZeroError `bad-argument` where the edit has not as many frames as its source, and what embedding throws
 *
 * @example
 * await using clip = await loadClip("openai/clip-vit-base-patch32");
 * const { temporalConsistency, frameAccuracy } = await scoreWithClip(clip, {
 *   source: video.frames,
 *   edited: result.frames,
 *   sourcePrompt: "a red car on a road",
 *   targetPrompt: "a blue car on a road",
 * });
 */
export async function scoreWithClip(
  clip: ClipModel,
  edit: EditedClip,
  options: EmbedOptions = {},
): Promise<ClipScores> {
  return scoreEmbedded(await embedEdit(clip, edit, options), options);
}
