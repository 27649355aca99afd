import type { ClipModel, EmbedOptions } from "../pipeline/index.ts";
import { slice0 } from "../tensor/index.ts";
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
  { source, edited, sourcePrompt, targetPrompt }: EditedClip,
  options: EmbedOptions = {},
): Promise<ClipScores> {
  const texts = await clip.embedTexts([sourcePrompt, targetPrompt], options);
  const [from, to] = [slice0(texts, 0, 1), slice0(texts, 1, 2)];
  const before = await clip.embedImages(source, options);
  const after = await clip.embedImages(edited, options);
  const scoresOf = (frames: typeof before): FrameScores => ({
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
