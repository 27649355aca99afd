import type { ClipCheckpoint } from "../checkpoint/index.ts";
import { FateZeroError } from "../errors.ts";
import { clipConfig, clipGraphs } from "../model/index.ts";
import { padIds, releasedTokenizer } from "../prompt/index.ts";
import type { Engine } from "../runtime/index.ts";
import { concat0, type FloatTensor, floatTensor, intTensor } from "../tensor/index.ts";
import { checkedFrame, type GivenFrame } from "../video/index.ts";
import { clipPixels, pictureSettings } from "./clip-pictures.ts";
import { createSessionCache } from "./sessions.ts";
import { tokenizerFor } from "./tokenizers.ts";

/** Pixels that CLIP sees in one run: bounds its memory. */
const PIXELS_PER_RUN = 2 ** 20;

/** How pictures and texts are read. */
export interface EmbedOptions {
  /**
   * As the released script does: of a picture that is taller than wide the bottom square instead of the one in the middle,
   * and texts cleaned by `ftfy`'s rules.
   */
  readonly compat?: "fatezero";
  readonly signal?: AbortSignal;
}

/**
 * A CLIP (Radford et al. 2021) that is ready to compute: pictures and texts as vectors of one space, where those that go
 * together have a small angle.
 */
export interface ClipModel extends AsyncDisposable {
  readonly name: string;
  /** Values of an embedding. */
  readonly width: number;
  /**
   * Embeddings of pictures, which may differ in size, each of length 1: [frames, width].
   *
   * @throws FateZeroError `no-frames`, `bad-frame`, and what the runtime throws
   */
  embedImages(frames: readonly GivenFrame[], options?: EmbedOptions): Promise<FloatTensor>;
  /**
   * Embeddings of texts, each of length 1: [texts, width].
   *
   * @throws FateZeroError `prompt-missing`, `prompt-too-long`, and what the runtime throws
   */
  embedTexts(texts: readonly string[], options?: EmbedOptions): Promise<FloatTensor>;
  /** Ends the process that computes. The model can be used again afterwards. */
  close(): Promise<void>;
}

/** Texts that are embedded in one run. */
const TEXTS_PER_RUN = 32;

/** Vectors [N, width] with a length of 1. Throws FateZeroError `not-finite` where they have none. */
function normalized({ shape, data }: FloatTensor, name: string): FloatTensor {
  const width = shape[1]!;
  const out = floatTensor(shape);
  for (let at = 0; at < data.length; at += width) {
    const row = data.subarray(at, at + width);
    const length = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));
    if (!(length > 0 && length < Number.POSITIVE_INFINITY))
      throw new FateZeroError(
        "not-finite",
        `${name} gave an embedding that points nowhere, or holds values that are no finite numbers.`,
        "Its weights may be damaged: download them again.",
      );
    for (const [i, value] of row.entries()) out.data[at + i] = value / length;
  }
  return out;
}

function parts<T>(list: readonly T[], length: number): T[][] {
  const count = Math.ceil(list.length / length);
  return Array.from({ length: count }, (_, i) => list.slice(i * length, (i + 1) * length));
}

/** Makes a CLIP of an open checkpoint and of the engine that computes it. Throws FateZeroError where files do not fit. */
export function createClip(checkpoint: ClipCheckpoint, engine: Engine): ClipModel {
  const { name, model } = checkpoint;
  const config = clipConfig(model);
  const { side } = config.vision;
  const pictures = pictureSettings(checkpoint.preprocessor, `${model.label}/preprocessor_config.json`, side);
  const tokenizer = tokenizerFor(checkpoint.tokenizer, model.label, config.text);
  const graphs = clipGraphs(model);
  const sessions = createSessionCache(engine, { build: 0, load: 0 });
  return {
    name,
    width: config.width,
    async embedImages(given, { compat, signal } = {}) {
      if (!Array.isArray(given) || given.length === 0)
        throw new FateZeroError("no-frames", "There are no frames to embed.", "Give at least one.");
      const frames = given.map((frame: GivenFrame, i) => checkedFrame(frame, i).frame);
      const graph = await sessions.open("images", () => graphs.images, signal);
      const embeddings: FloatTensor[] = [];
      for (const some of parts(frames, Math.max(1, Math.floor(PIXELS_PER_RUN / side ** 2))))
        embeddings.push(
          (await graph.run({ pixels: clipPixels(some, pictures, compat) }, { signal })).embeddings,
        );
      return normalized(concat0(embeddings), name);
    },
    async embedTexts(texts, { compat, signal } = {}) {
      if (!Array.isArray(texts) || texts.length === 0 || texts.some((text) => typeof text !== "string"))
        throw new FateZeroError("prompt-missing", "There are no texts to embed.", "Give a list of texts.");
      const reader = compat ? releasedTokenizer(tokenizer) : tokenizer;
      const rows = texts.map((text: string) => padIds(reader, text, "refuse", "text"));
      const graph = await sessions.open("texts", () => graphs.texts, signal);
      const embeddings: FloatTensor[] = [];
      for (const some of parts(rows, TEXTS_PER_RUN)) {
        const ids = intTensor([some.length, reader.maxLength], some.flat());
        const ends = intTensor(
          [some.length],
          some.map((row) => row.indexOf(reader.eos)),
        );
        embeddings.push((await graph.run({ ids, ends }, { signal })).embeddings);
      }
      return normalized(concat0(embeddings), name);
    },
    close: () => engine.close(),
    [Symbol.asyncDispose]: () => engine.close(),
  };
}
