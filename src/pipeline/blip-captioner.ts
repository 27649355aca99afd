import { type BlipCheckpoint, configFileOf, readConfig } from "../checkpoint/index.ts";
import { FateZeroError } from "../errors.ts";
import { type BlipConfig, type BlipTextGraph, blipConfig, blipGraphs } from "../model/index.ts";
import { createWordPieces, type WordPieces } from "../prompt/index.ts";
import type { Engine } from "../runtime/index.ts";
import { type FloatTensor, intTensor, slice0 } from "../tensor/index.ts";
import type { Frame } from "../video/index.ts";
import { type Beam, logSoftmax, type NextTokens, searchCaptions } from "./caption-search.ts";
import type { Caption, Captioner, CaptionOptions } from "./captioner.ts";
import { clipPixels, type PictureSettings, pictureSettings } from "./clip-pictures.ts";
import { createSessionCache, type OpenGraph } from "./sessions.ts";

/** Frames that are looked at, each of which is described by itself first. */
const FRAMES = 3;
/** Sentences that are followed at a time, as BLIP's authors have it. */
const BEAMS = 3;
/** Tokens of a sentence, with those of its beginning, as they have it. */
const MOST_TOKENS = 20;
const MAX_BEAMS = 16;
/** What every caption of their training began with; it is no part of the answer. */
const BEGINNING = "a picture of";

/** How pictures are made ready: scaled to the square whatever their shape, never cut. */
export function blipPictures(
  { preprocessor, model }: BlipCheckpoint,
  { vision }: BlipConfig,
): PictureSettings {
  const { do_center_crop: _, crop_size: __, ...given } = preprocessor ?? {};
  const whole = { width: vision.side, height: vision.side };
  const file = `${model.label}/preprocessor_config.json`;
  const settings = pictureSettings({ size: whole, ...given }, file, vision.side);
  const { scale } = settings;
  if (typeof scale === "object" && scale.width === vision.side && scale.height === vision.side)
    return settings;
  throw readConfig(given, file).wrong("size", `the ${vision.side}x${vision.side} that the network sees`);
}

/** How sentences are looked for, where generation_config.json says it. */
function searchSettings({ generation, model }: BlipCheckpoint, { text }: BlipConfig, begun: number) {
  const read = readConfig(generation ?? {}, `${model.label}/generation_config.json`);
  const fresh = generation?.max_new_tokens ?? null;
  const most =
    fresh === null ? read.count("max_length", text.length, Math.min(MOST_TOKENS, text.length)) : null;
  return {
    beams: read.count("num_beams", MAX_BEAMS, BEAMS),
    most: Math.min(text.length, most ?? begun + read.count("max_new_tokens", text.length)),
    end: text.end,
  };
}

function checkVocabulary({ model }: BlipCheckpoint, { text }: BlipConfig, words: WordPieces): void {
  if (words.size <= text.vocabulary) return;
  throw new FateZeroError(
    "checkpoint-mismatch",
    `The tokenizer of ${model.label} has ${words.size} tokens, but ${configFileOf(model)} knows ${text.vocabulary} (vocab_size).`,
    "Take all files from the same model.",
  );
}

/** What follows each token of texts on one picture, `picture` [1, tokens, width]: [texts, length, vocabulary]. */
export function logitsOf(
  graph: Pick<OpenGraph<BlipTextGraph>, "run">,
  picture: FloatTensor,
  texts: readonly (readonly number[])[],
  signal?: AbortSignal,
): Promise<FloatTensor> {
  const length = texts[0]!.length;
  const feeds = {
    ids: intTensor([texts.length, length], texts.flat()),
    places: intTensor(
      [length],
      Array.from({ length }, (_, i) => i),
    ),
    picture,
  };
  return graph.run(feeds, signal ? { signal } : {}).then(({ logits }) => logits);
}

/** Logarithms of the probabilities of what follows a text's token; `name` is what the message of a fault calls the model. */
function rowOf(logits: FloatTensor, text: number, place: number, name: string): Float32Array {
  const [, length, vocabulary] = logits.shape as [number, number, number];
  const from = (text * length + place) * vocabulary;
  const row = logSoftmax(logits.data.subarray(from, from + vocabulary));
  if (row.every(Number.isFinite)) return row;
  throw new FateZeroError(
    "not-finite",
    `${name} gave values that are no finite numbers.`,
    "Its weights may be damaged: download them again.",
  );
}

/** What a search of captions of one picture [1, tokens, width] asks for. */
export function nextTokens(
  graph: Pick<OpenGraph<BlipTextGraph>, "run">,
  picture: FloatTensor,
  name: string,
  signal?: AbortSignal,
): NextTokens {
  return async (texts) => {
    const logits = await logitsOf(graph, picture, texts, signal);
    return texts.map((tokens, i) => rowOf(logits, i, tokens.length - 1, name));
  };
}

/** The mean logarithm of the probabilities of a sentence's tokens after its beginning, over all pictures. */
async function worthOf(
  graph: Pick<OpenGraph<BlipTextGraph>, "run">,
  pictures: readonly FloatTensor[],
  { tokens, begun }: { readonly tokens: readonly number[]; readonly begun: number },
  name: string,
  signal?: AbortSignal,
): Promise<number> {
  let sum = 0;
  for (const picture of pictures) {
    const logits = await logitsOf(graph, picture, [tokens.slice(0, -1)], signal);
    for (let i = begun; i < tokens.length; i++) sum += rowOf(logits, 0, i - 1, name)[tokens[i]!]!;
  }
  return sum / pictures.length / (tokens.length - begun);
}

/** Makes a captioner of an open BLIP and of the engine that computes it. Throws FateZeroError where files do not fit. */
export function createBlipCaptioner(checkpoint: BlipCheckpoint, engine: Engine): Captioner {
  const { name, model } = checkpoint;
  const config = blipConfig(model);
  const words = createWordPieces(checkpoint.tokenizer);
  checkVocabulary(checkpoint, config, words);
  const pictures = blipPictures(checkpoint, config);
  const graphs = blipGraphs(model);
  const sessions = createSessionCache(engine, { build: 0, load: 0 });
  const start = [config.text.begin, ...(words.knows(BEGINNING) ? words.encode(BEGINNING) : [])];
  const settings = searchSettings(checkpoint, config, start.length);

  const captions = async (
    frames: readonly Frame[],
    { beams = settings.beams, signal }: CaptionOptions,
  ): Promise<readonly Caption[]> => {
    const see = await sessions.open("images", () => graphs.images, signal);
    const say = await sessions.open("texts", () => graphs.texts, signal);
    const seen: FloatTensor[] = [];
    for (const frame of frames) {
      const { states } = await see.run({ pixels: clipPixels([frame], pictures) }, signal ? { signal } : {});
      seen.push(slice0(states, 0, 1));
    }
    const found = new Map<string, Beam>();
    for (const picture of seen) {
      const next = nextTokens(say, picture, name, signal);
      const beamsOf = await searchCaptions(start, next, { ...settings, beams });
      const said = beamsOf
        .map((beam) => [words.decode(beam.tokens.slice(start.length)), beam] as const)
        .filter(([text]) => text !== "");
      // One picture's sentences are compared already; of several each tells its best.
      for (const [text, beam] of seen.length === 1 ? said : said.slice(0, 1))
        if (!found.has(text)) found.set(text, beam);
    }
    const scored: Caption[] = [];
    for (const [text, { tokens, logProbability }] of found) {
      const begun = start.length;
      const score =
        seen.length === 1
          ? logProbability / (tokens.length - begun)
          : await worthOf(say, seen, { tokens, begun }, name, signal);
      scored.push({ text, score });
    }
    return scored.sort((a, b) => b.score - a.score);
  };
  return {
    name,
    kind: "blip",
    looksAt: FRAMES,
    captions,
    close: () => engine.close(),
    [Symbol.asyncDispose]: () => engine.close(),
  };
}
