import type { CaptionForm } from "../checkpoint/index.ts";
import { captionOf } from "../prompt/index.ts";
import { spread } from "../spread.ts";
import { concat0, type FloatTensor, slice0 } from "../tensor/index.ts";
import { type Frame, fitToModel, resizeFrame } from "../video/index.ts";
import type { Caption, Captioner, CaptionOptions } from "./captioner.ts";
import type { ClipModel } from "./clip.ts";
import { encodeImages, framesToImages } from "./codec.ts";
import { denoisingLoss } from "./denoising-loss.ts";
import type { Model } from "./model.ts";

/** Words in the places of a form. */
type Choice = Readonly<Record<string, string>>;

/** Scores of sentences, the higher the better. */
type ScoreOf = (captions: readonly string[]) => Promise<readonly number[]>;

interface Scored {
  readonly choice: Choice;
  readonly score: number;
}

/** Words of each place that are still in question. */
type Words = CaptionForm["words"];

/** Frames that are looked at, and those of them that the UNet does while many sentences are left. */
const FRAMES = 8;
const FEW_FRAMES = 2;
/** Noise levels of the UNet, as shares of the schedule's timesteps: between them what a scene shows is decided. */
const FEW_LEVELS = [0.3, 0.5, 0.7];
const MORE_LEVELS = [0.2, 0.35, 0.5, 0.65, 0.8];
/** Sentences whose loss is no more than this above the least are as good, and are looked at more closely, so many at most. */
const NEAR = 1.04;
const MOST_NEAR = 4;
const BEAMS = 4;
/** Rounds through all places at most: a word may look better once another place is right. */
const ROUNDS = 3;
/**
 * How far below the best word of its place, in cosine similarity, a CLIP may find a word that is still in question. With a
 * temperature of 0.05, as such models learn, that is a tenth as likely.
 */
const MARGIN = 0.12;

/** The choices with every word of one place in each, scored; each sentence once, best first. */
async function variants(
  form: CaptionForm,
  choices: readonly Choice[],
  place: string,
  words: Words,
  scoreOf: ScoreOf,
): Promise<Scored[]> {
  const all = new Map<string, Choice>();
  for (const choice of choices)
    for (const word of words[place]!) {
      const next = { ...choice, [place]: word };
      all.set(captionOf(form, next), next);
    }
  const scores = await scoreOf([...all.keys()]);
  return [...all.values()]
    .map((choice, i) => ({ choice, score: scores[i]! }))
    .sort((a, b) => b.score - a.score);
}

/** Looks for the best sentence place by place, a few at a time, until a round through all places changes nothing. */
async function climb(
  form: CaptionForm,
  start: Choice,
  words: Words,
  beams: number,
  scoreOf: ScoreOf,
): Promise<readonly Scored[]> {
  let best: readonly Scored[] = [{ choice: start, score: Number.NEGATIVE_INFINITY }];
  for (let round = 0; round < ROUNDS; round++) {
    const before = captionOf(form, best[0]!.choice);
    for (const place of Object.keys(words)) {
      const choices = best.map(({ choice }) => choice);
      best = (await variants(form, choices, place, words, scoreOf)).slice(0, beams);
    }
    if (round > 0 && captionOf(form, best[0]!.choice) === before) break;
  }
  return best;
}

/** The mean of embeddings [F, width]. */
function meanOf({ shape, data }: FloatTensor): Float32Array {
  const [frames, width] = shape as [number, number];
  const mean = new Float32Array(width);
  for (const [i, value] of data.entries()) mean[i % width]! += value / frames;
  return mean;
}

/** What a CLIP says of sentences: the mean cosine similarity to the frames. */
async function byClip(clip: ClipModel, frames: readonly Frame[], signal?: AbortSignal): Promise<ScoreOf> {
  const options = signal ? { signal } : {};
  const seen = meanOf(await clip.embedImages(frames, options));
  const known = new Map<string, number>();
  return async (captions) => {
    const open = captions.filter((caption) => !known.has(caption));
    if (open.length > 0) {
      const { data } = await clip.embedTexts(open, options);
      for (const [i, caption] of open.entries()) {
        const row = data.subarray(i * seen.length, (i + 1) * seen.length);
        known.set(
          caption,
          row.reduce((sum, value, k) => sum + value * seen[k]!, 0),
        );
      }
    }
    return captions.map((caption) => known.get(caption)!);
  };
}

/** The words that a CLIP does not rule out beside the best of their place, that one first. */
async function shortlist(form: CaptionForm, best: Choice, scoreOf: ScoreOf): Promise<Words> {
  const lists: Record<string, readonly string[]> = {};
  for (const place of Object.keys(form.words)) {
    const found = await variants(form, [best], place, form.words, scoreOf);
    const near = found.filter(({ score }) => found[0]!.score - score < MARGIN);
    lists[place] = near.map(({ choice }) => choice[place]!);
  }
  return lists;
}

/** Frames as a model's latents [F, C, h, w], each at the size that it works at. */
async function latentsOf(model: Model, frames: readonly Frame[], signal?: AbortSignal): Promise<FloatTensor> {
  const { width, height } = frames[0]!;
  const size = fitToModel(width, height, model.size, model.sizeMultiple);
  const latents: FloatTensor[] = [];
  for (const frame of frames)
    latents.push(
      await encodeImages(
        model,
        framesToImages([resizeFrame(frame, size.width, size.height)]),
        signal ? { signal } : {},
      ),
    );
  return concat0(latents);
}

/**
 * Describes frames by the sentences that a model was taught (`captions` of its fatezero.json): the CLIP beside it, where
 * there is one, ranks them and rules out words, and the model's own UNet decides between the rest, by how well it finds
 * noise in the frames when a sentence says what they show. Closing it closes neither model.
 */
export function createFormCaptioner(model: Model, form: CaptionForm, clip: ClipModel | null): Captioner {
  const first = Object.fromEntries(Object.entries(form.words).map(([place, words]) => [place, words[0]!]));
  const captions = async (
    frames: readonly Frame[],
    { beams = BEAMS, signal }: CaptionOptions,
  ): Promise<readonly Caption[]> => {
    let start: Choice = first;
    let words: Words = form.words;
    if (clip) {
      const similarity = await byClip(clip, frames, signal);
      start = (await climb(form, first, form.words, beams, similarity))[0]!.choice;
      words = await shortlist(form, start, similarity);
    }
    const latents = await latentsOf(model, frames, signal);
    const few = spread(frames.length + 2, FEW_FRAMES + 2).slice(1, -1);
    const loss = denoisingLoss(model, concat0(few.map((f) => slice0(latents, f - 1, f))), FEW_LEVELS);
    const seen = new Map<string, number>();
    const scoreOf: ScoreOf = async (texts) => {
      const losses = await loss(texts, signal);
      for (const [i, text] of texts.entries()) seen.set(text, losses[i]!);
      return losses.map((value) => -value);
    };
    // The UNet is much slower than a CLIP, and tells words apart: one sentence at a time.
    await climb(form, start, words, 1, scoreOf);
    const ranked = [...seen].sort(([, a], [, b]) => a - b);
    const near = ranked.filter(([, value]) => value <= NEAR * ranked[0]![1]).slice(0, MOST_NEAR);
    const texts = near.map(([text]) => text);
    const closer =
      near.length > 1
        ? await denoisingLoss(model, latents, MORE_LEVELS)(texts, signal)
        : near.map(([, value]) => value);
    return texts.map((text, i) => ({ text, score: -closer[i]! })).sort((a, b) => b.score - a.score);
  };
  return {
    name: model.name,
    kind: "form",
    looksAt: FRAMES,
    captions,
    close: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };
}
