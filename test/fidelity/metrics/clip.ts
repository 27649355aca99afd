import { join } from "node:path";
import { openClipFolder } from "../../../src/checkpoint/index.node.ts";
import { type ClipCheckpoint, readWeight } from "../../../src/checkpoint/index.ts";
import { compile } from "../../../src/graph/index.ts";
import { frameAccuracy, temporalConsistency } from "../../../src/metrics/index.ts";
import { clipConfig, clipGraphs } from "../../../src/model/index.ts";
import { clipPixels, pictureSettings } from "../../../src/pipeline/clip-pictures.ts";
import { loadClip } from "../../../src/pipeline/index.node.ts";
import type { ClipModel } from "../../../src/pipeline/index.ts";
import { tokenizerFor } from "../../../src/pipeline/tokenizers.ts";
import { releasedTokenizer } from "../../../src/prompt/index.ts";
import { createEngine } from "../../../src/runtime/index.node.ts";
import { type FloatTensor, floatTensor, slice0 } from "../../../src/tensor/index.ts";
import { readVideo } from "../../../src/video/index.node.ts";
import type { Frame } from "../../../src/video/index.ts";
import { MARKS } from "../marks.ts";
import { equalRow, gauge, type Row } from "../rows.ts";
import { at, type Stored } from "../stored.ts";
import type { RecordedMetrics, RecordedScores } from "./recorded.ts";

const compat = "fatezero";
const scalar = (value: number): FloatTensor => floatTensor([1], Float32Array.of(value));
const rowsOf = ({ shape }: FloatTensor): number => shape[0]!;

/** Vectors of length 1 in the directions of [N, width]. */
function normalized({ shape, data }: FloatTensor): FloatTensor {
  const width = shape[1]!;
  const lengths = Array.from({ length: shape[0]! }, (_, i) =>
    Math.hypot(...data.subarray(i * width, (i + 1) * width)),
  );
  return floatTensor(
    shape,
    data.map((value, i) => value / lengths[Math.floor(i / width)]!),
  );
}

/** Token ids up to the first end token: what fills a text up has no part in what is pooled there. */
function idRows({ tokenizer, model }: ClipCheckpoint, prompts: readonly string[], stored: Stored): Row[] {
  const expected = stored.find("clip/ids");
  if (!expected) return [];
  const reader = releasedTokenizer(tokenizerFor(tokenizer, model.label, clipConfig(model).text));
  const theirs = prompts.flatMap((_, i) => {
    const ids = Array.from(at(expected, i).data);
    return ids.slice(0, ids.indexOf(reader.eos) + 1);
  });
  return [equalRow("CLIP token ids", prompts.flatMap(reader.encode), theirs)];
}

async function fromPixels(checkpoint: ClipCheckpoint, pixels: FloatTensor): Promise<FloatTensor> {
  await using engine = createEngine();
  const session = await engine.open(compile(clipGraphs(checkpoint.model).images, engine.lowering));
  return normalized((await session.run({ pixels })).embeddings);
}

/** Pictures of one clip: what the network sees of them, and what it makes of that. */
async function pictureRows(
  checkpoint: ClipCheckpoint,
  clip: ClipModel,
  frames: readonly Frame[],
  stored: Stored,
  name: string,
): Promise<Row[]> {
  const seen = gauge(`CLIP pixels, ${name}`, "clip");
  const given = gauge(`CLIP embeddings from given pixels, ${name}`, "clip");
  const whole = gauge(`CLIP embeddings, ${name}`, "clip");
  const pixels = stored.find(`clip/${name}/pixels`);
  const image = stored.find(`clip/${name}/image`);
  if (pixels) {
    const settings = pictureSettings(checkpoint.preprocessor, "", clipConfig(checkpoint.model).vision.side);
    const ours = clipPixels(frames.slice(0, rowsOf(pixels)), settings, compat);
    const level = 2 / 255 / Math.min(...settings.deviation);
    seen.add(ours, pixels, MARKS.clipPixels + level);
    if (image) {
      const expected = slice0(image, 0, rowsOf(pixels));
      given.add(await fromPixels(checkpoint, pixels), expected, MARKS.clipEmbedding);
    }
  }
  if (image) {
    const ours = await clip.embedImages(frames.slice(0, rowsOf(image)), { compat });
    // Another level in the resampler's rounding carries on to here.
    whole.add(ours, image, 10 * MARKS.clipEmbedding);
  }
  return [...seen.rows(), ...given.rows(), ...whole.rows()];
}

/** Logits and scores of one clip, from its stored embeddings. */
async function scoreRows(
  { model }: ClipCheckpoint,
  scores: RecordedScores,
  stored: Stored,
  name: string,
): Promise<Row[]> {
  const image = stored.find(`clip/${name}/image`);
  const text = stored.find("clip/text");
  if (!image || !text) return [];
  const rows: Row[] = [];
  const logits = stored.find(`clip/${name}/logits`);
  const temperature = model.weights.get("logit_scale");
  if (logits && temperature) {
    const scale = Math.exp((await readWeight(temperature)).data[0]!);
    const ours = logits.data.map((_, i) => {
      const [frame, prompt] = [at(image, i >> 1).data, at(text, i & 1).data];
      return scale * frame.reduce((sum, value, k) => sum + value * prompt[k]!, 0);
    });
    const largest = logits.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const compared = gauge(`CLIP logits, ${name}`, "clip");
    compared.add({ data: ours }, logits, MARKS.clipLogits * largest);
    rows.push(...compared.rows());
  }
  if (scores.temporalConsistency !== null) {
    const consistency = gauge(`Tem-Con, ${name}`, "clip");
    const ours = temporalConsistency(image) ?? Number.NaN;
    consistency.add(scalar(ours), scalar(scores.temporalConsistency), MARKS.clipEmbedding);
    rows.push(...consistency.rows());
  }
  if (scores.frameAccuracy !== null) {
    const ours = frameAccuracy(image, slice0(text, 0, 1), slice0(text, 1, 2), { compat });
    rows.push(equalRow(`Frame-Acc, ${name}`, [ours ?? Number.NaN], [scores.frameAccuracy]));
  }
  return rows;
}

/** Compares the CLIP in `clip/` and the clips beside it with what PyTorch computes from them. */
export async function checkClip(folder: string, stored: Stored, recorded: RecordedMetrics): Promise<Row[]> {
  const path = join(folder, "clip");
  const checkpoint = await openClipFolder(path);
  await using clip = await loadClip(path);
  const rows = idRows(checkpoint, recorded.prompts, stored);
  const texts = gauge("CLIP embeddings of texts", "text");
  const text = stored.find("clip/text");
  if (text) texts.add(await clip.embedTexts(recorded.prompts, { compat }), text, MARKS.clipEmbedding);
  rows.push(...texts.rows());
  const names = stored
    .names()
    .flatMap((name) => /^clip\/(.+)\/(?:pixels|image|logits)$/.exec(name)?.[1] ?? []);
  for (const name of [...new Set(names)].sort()) {
    const { frames } = await readVideo(join(folder, name));
    rows.push(...(await pictureRows(checkpoint, clip, frames, stored, name)));
    rows.push(...(await scoreRows(checkpoint, recorded.scoresOf(name), stored, name)));
  }
  return rows;
}
